public import Datasets
public import Evaluation
public import Recommenders

/// One row of the results for one seed: each test user's value of each metric.
public struct MethodResult: Sendable {
  public var method: Method
  /// metrics × test users.
  public var values: [[Float]]
  /// What validation chose for this row; nil where there was nothing to choose.
  public var choice: BlendChoice?
  /// The model in the language model's place; nil for all rows but `two-backbones`.
  public var partner: String?
}

/// What validation may choose from beside ranking modes and utilities.
public struct BlendOptions: Sendable {
  /// Whose candidates, and how many of each side; not more than were scored.
  public var candidates: [CandidateChoice]
  /// How scores may become utilities.
  public var utilities: [Utility]
  /// The values of α₁ and α₂.
  public var weights: [Float]

  /// The published weights; candidates of the backbone alone unless others are given.
  public init(
    candidates: [CandidateChoice] = [CandidateChoice(.backbone, .max)],
    utilities: [Utility] = Utility.allCases,
    weights: [Float] = AdaptiveAggregation.grid
  ) {
    self.candidates = candidates
    self.utilities = utilities
    self.weights = weights
  }
}

/// Evaluates every method of the results contract from the scores of one backbone and seed.
///
/// Everything that can be chosen (ranking mode, utility, α₁, α₂) is chosen on the validation items of the
/// users that did not stop the language model's training; the test items are only looked up.
public struct MethodEvaluation {
  let base: Predictions
  let retrained: Predictions
  private var scores: CandidateScores
  let validation: Targets
  let test: Targets
  /// N(u) of every user.
  let interactions: [Int]
  let choosing: [Bool]
  /// What validation may choose from.
  let options: BlendOptions
  /// Conventional models in the language model's place.
  let partners: [Partner]

  /// Users with a test item, ascending.
  public let testUsers: [Int]

  /// Takes what is measured; all of one data set and one task, the columns of one length a user.
  ///
  /// - Parameters:
  ///   - base: The backbone's predictions.
  ///   - retrained: Those of the backbone that was trained on the augmented data.
  ///   - scores: What the language model said.
  ///   - validation: Chooses.
  ///   - test: Measures.
  ///   - interactions: N(u) of every user.
  ///   - choosing: Whose validation items choose.
  ///   - options: What they may choose from.
  ///   - partners: Conventional models that may stand in the language model's place; validation chooses one.
  public init(
    base: Predictions, retrained: Predictions, scores: CandidateScores, validation: Targets,
    test: Targets, interactions: [Int], choosing: [Bool], options: BlendOptions = BlendOptions(),
    partners: [Partner] = []
  ) {
    self.base = base
    self.retrained = retrained
    self.scores = scores
    self.validation = validation
    self.test = test
    self.interactions = interactions
    self.choosing = choosing
    self.options = options
    self.partners = partners
    testUsers = test.items.indices.filter { test.items[$0] >= 0 }
  }

  /// Whether each test user's item is among the first that a side lists at test; nil where nothing is listed.
  ///
  /// - Parameter source: Whose lists: the base backbone's, the language model's, or either.
  /// - Returns: One flag a test user.
  public func listsTarget(_ source: CandidateSource) -> [Bool]? {
    guard
      let lists = scores.scored(
        .init(.plainBase, scores.modes.first, .test), CandidateChoice(source, .max))
    else { return nil }
    return testUsers.map { lists.items(of: $0).contains(test.items[$0]) }
  }

  /// The metrics of the task, in the order of every result's values.
  public var metrics: [Metric] { base.task == .rating ? Metric.rating : Metric.ranking }

  /// The blended rows: method, what it may read, whether all users share one weight.
  ///
  /// Validation decides for each augmentation whether it is used: the full system may do without labels, and without
  /// hints, where they add nothing; an ablation may not do with them.
  private static let blends: [(method: Method, variants: [PromptVariant], uniform: Bool)] = [
    (.llama4rec, fullSystem, false),
    (.withoutDataAugmentation, [.augmentedBase, .plainBase], false),
    (.withoutPromptAugmentation, [.plainRetrained, .plainBase], false),
    (.withoutAdaptiveAggregation, fullSystem, true),
    (.pretrainedOnly, [.pretrained], false),
  ]
  private static let fullSystem: [PromptVariant] = [
    .augmentedRetrained, .plainRetrained, .augmentedBase, .plainBase,
  ]

  /// Evaluates all methods.
  ///
  /// - Returns: One result a method, and the grid of the full system on validation.
  public func evaluate() -> (results: [MethodResult], grid: [BlendChoice]) {
    var (results, grid) = base.task == .rating ? evaluateRatings() : evaluateLists()
    if let partnered = withPartner() { results.append(partnered) }
    return (results, grid)
  }

  /// The same aggregation with the conventional model that is best on validation in the language model's place.
  private func withPartner() -> MethodResult? {
    let results = partners.compactMap { partner -> MethodResult? in
      var other = self
      other.scores = partner.scores
      guard var result = other.result(.twoBackbones, reading: [.plainBase]) else { return nil }
      result.partner = partner.name
      return result
    }
    let best = results.compactMap(\.choice).best(
      higherIsBetter: base.task.blendMetric.higherIsBetter)
    return results.first { $0.choice == best }
  }

  /// A blended row as validation chooses it.
  private func result(_ method: Method, reading variants: [PromptVariant]) -> MethodResult? {
    base.task == .rating
      ? ratingGrid(variants, uniform: false).best(higherIsBetter: false).map {
        rated(method, $0)
      }
      : grid(variants, options.candidates, uniform: false).best(higherIsBetter: true).map {
        blended(method, $0)
      }
  }

  // MARK: Top-k

  private func evaluateLists() -> ([MethodResult], [BlendChoice]) {
    var results = [
      result(
        .base, ranks: ranks(base.testItems, length: base.candidates, targets: test.items)),
      languageModelOrder(),
    ]
    var fullGrid: [BlendChoice] = []
    // The ablations have the full system's candidates, so that each differs in one thing.
    var candidates = options.candidates
    for (method, variants, uniform) in Self.blends {
      let grid = grid(variants, candidates, uniform: uniform)
      guard let choice = grid.best(higherIsBetter: true) else { continue }
      results.append(blended(method, choice))
      if method == .llama4rec {
        fullGrid = grid
        candidates = [choice.candidates ?? candidates[0]]
      }
    }
    let published = grid(
      Self.fullSystem, [CandidateChoice(.backbone, .max)], uniform: false)
    if let choice = published.best(higherIsBetter: true) {
      results.insert(blended(.backboneCandidates, choice), at: results.count - 1)
    }
    if let alone = scores.alone[.test] {
      results.append(
        result(
          .languageModelAlone,
          ranks: ranks(alone, length: scores.aloneLength, targets: test.items)))
    }
    return (results, fullGrid)
  }

  /// Everything that may be blended, on validation.
  private func grid(
    _ variants: [PromptVariant], _ candidates: [CandidateChoice], uniform: Bool
  ) -> [BlendChoice] {
    variants.flatMap { variant in
      scores.modes.flatMap { mode in
        candidates.flatMap { candidates in
          blending(variant, mode, candidates, .validation).grid(
            targets: validation.items, choosing: choosing, mode: mode, candidates: candidates,
            utilities: options.utilities, grid: options.weights, uniform: uniform
          ).map { $0.reading(variant) }
        }
      }
    }
  }

  /// What validation chose, at test.
  private func blended(_ method: Method, _ choice: BlendChoice) -> MethodResult {
    guard let mode = choice.mode, let candidates = choice.candidates else {
      preconditionFailure("a choice among lists has a mode and candidates")
    }
    return result(
      method,
      ranks: blending(choice.variant, mode, candidates, .test).ranks(
        targets: test.items, weights: choice.weights(interactions: interactions),
        utility: choice.utility), choice: choice)
  }

  /// IFT: the base candidates in the tuned model's own order, in the better mode on validation.
  private func languageModelOrder() -> MethodResult {
    let published = CandidateChoice(.backbone, .max)
    let only = [Float](repeating: 1, count: interactions.count)
    var best: (mode: RankingMode, metric: Float)?
    for mode in scores.modes {
      let ranks = blending(.plainBase, mode, published, .validation).ranks(
        targets: validation.items, weights: only, utility: .positions)
      let users = validation.items.indices.filter { validation.items[$0] >= 0 && choosing[$0] }
      let metric =
        users.reduce(0) { $0 + base.task.blendMetric.value(rank: ranks[$1]) }
        / Float(max(1, users.count))
      if best.map({ metric > $0.metric }) ?? true { best = (mode, metric) }
    }
    let ranks = blending(
      .plainBase, best?.mode ?? .listwise, published, .test
    ).ranks(
      targets: test.items, weights: only, utility: .positions)
    return result(.ift, ranks: ranks)
  }

  private func blending(
    _ variant: PromptVariant, _ mode: RankingMode, _ candidates: CandidateChoice, _ moment: Moment
  ) -> ListBlending {
    let question = CandidateScores.Question(variant, mode, moment)
    guard let lists = scores.scored(question, candidates) else {
      preconditionFailure("\(question) was not asked")
    }
    return ListBlending(lists: lists, interactions: interactions)
  }

  private func blending(_ variant: PromptVariant, _ moment: Moment) -> RatingBlending {
    let predictions = variant.usesRetrained ? retrained : base
    return RatingBlending(
      recommender: moment == .test ? predictions.testRatings : predictions.validationRatings,
      languageModel: languageModelRatings(variant, moment), interactions: interactions)
  }

  private func languageModelRatings(_ variant: PromptVariant, _ moment: Moment) -> [Float] {
    let question = CandidateScores.Question(variant, nil, moment)
    guard let answers = scores.answers[question] else {
      preconditionFailure("\(question) was not asked")
    }
    return answers
  }

  private func ranks(_ lists: [Int32], length: Int, targets: [Int32]) -> [Int?] {
    targets.indices.map { user in
      targets[user] < 0
        ? nil
        : lists[user * length..<(user + 1) * length].firstIndex(of: targets[user])
          .map { $0 - user * length }
    }
  }

  private func result(
    _ method: Method, ranks: [Int?], choice: BlendChoice? = nil
  ) -> MethodResult {
    MethodResult(
      method: method,
      values: metrics.map { metric in testUsers.map { metric.value(rank: ranks[$0]) } },
      choice: choice)
  }

  // MARK: Ratings

  private func evaluateRatings() -> ([MethodResult], [BlendChoice]) {
    let plain = languageModelRatings(.plainBase, .test)
    var results = [
      result(.base, ratings: base.testRatings), result(.ift, ratings: plain),
    ]
    var fullGrid: [BlendChoice] = []
    for (method, variants, uniform) in Self.blends {
      let grid = ratingGrid(variants, uniform: uniform)
      guard let choice = grid.best(higherIsBetter: false) else { continue }
      results.append(rated(method, choice))
      if method == .llama4rec { fullGrid = grid }
    }
    results.append(result(.languageModelAlone, ratings: plain))
    return (results, fullGrid)
  }

  /// Everything that may be blended, on validation.
  private func ratingGrid(_ variants: [PromptVariant], uniform: Bool) -> [BlendChoice] {
    variants.flatMap { variant in
      blending(variant, .validation).grid(
        targets: validation.items, actual: validation.ratings, choosing: choosing,
        grid: options.weights, uniform: uniform
      ).map { $0.reading(variant) }
    }
  }

  /// What validation chose, at test.
  private func rated(_ method: Method, _ choice: BlendChoice) -> MethodResult {
    let ratings = blending(choice.variant, .test).ratings(
      weights: choice.weights(interactions: interactions))
    return result(method, ratings: ratings, choice: choice)
  }

  private func result(
    _ method: Method, ratings: [Float], choice: BlendChoice? = nil
  ) -> MethodResult {
    MethodResult(
      method: method,
      values: metrics.map { metric in
        testUsers.map { metric.value(predicted: ratings[$0], actual: test.ratings[$0]) }
      }, choice: choice)
  }
}

extension BlendChoice {
  /// The same choice for another variant.
  fileprivate func reading(_ variant: PromptVariant) -> BlendChoice {
    var choice = self
    choice.variant = variant
    return choice
  }
}
