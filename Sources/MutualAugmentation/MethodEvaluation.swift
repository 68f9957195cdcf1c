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
}

/// Evaluates every method of the results contract from the scores of one backbone and seed.
///
/// Everything that can be chosen (ranking mode, utility, α₁, α₂) is chosen on the validation items of the
/// users that did not stop the language model's training; the test items are only looked up.
public struct MethodEvaluation {
  let base: Predictions
  let retrained: Predictions
  let scores: CandidateScores
  let validation: Targets
  let test: Targets
  /// N(u) of every user.
  let interactions: [Int]
  let choosing: [Bool]

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
  public init(
    base: Predictions, retrained: Predictions, scores: CandidateScores, validation: Targets,
    test: Targets, interactions: [Int], choosing: [Bool]
  ) {
    self.base = base
    self.retrained = retrained
    self.scores = scores
    self.validation = validation
    self.test = test
    self.interactions = interactions
    self.choosing = choosing
    testUsers = test.items.indices.filter { test.items[$0] >= 0 }
  }

  /// The metrics of the task, in the order of every result's values.
  public var metrics: [Metric] { base.task == .rating ? Metric.rating : Metric.ranking }

  /// The blended rows: method, what it reads, whether all users share one weight.
  private static let blends: [(method: Method, variant: PromptVariant, uniform: Bool)] = [
    (.llama4rec, .augmentedRetrained, false),
    (.withoutDataAugmentation, .augmentedBase, false),
    (.withoutPromptAugmentation, .plainRetrained, false),
    (.withoutAdaptiveAggregation, .augmentedRetrained, true),
    (.pretrainedOnly, .pretrained, false),
  ]

  /// Evaluates all methods.
  ///
  /// - Returns: One result a method, and the grid of the full system on validation.
  public func evaluate() -> (results: [MethodResult], grid: [BlendChoice]) {
    base.task == .rating ? evaluateRatings() : evaluateLists()
  }

  // MARK: Top-k

  private func evaluateLists() -> ([MethodResult], [BlendChoice]) {
    var results = [
      result(
        .base, ranks: ranks(base.testItems, length: base.candidates, targets: test.items)),
      languageModelOrder(),
    ]
    var fullGrid: [BlendChoice] = []
    for (method, variant, uniform) in Self.blends {
      let grid = scores.modes.flatMap { mode in
        blending(variant, mode, .validation).grid(
          targets: validation.items, choosing: choosing, mode: mode, uniform: uniform)
      }
      guard let choice = grid.best(higherIsBetter: true), let mode = choice.mode else { continue }
      let ranks = blending(variant, mode, .test).ranks(
        targets: test.items, weights: choice.weights(interactions: interactions),
        utility: choice.utility)
      results.append(result(method, ranks: ranks, choice: choice))
      if method == .llama4rec { fullGrid = grid }
    }
    if let alone = scores.alone[.test] {
      results.append(
        result(
          .languageModelAlone,
          ranks: ranks(alone, length: scores.aloneLength, targets: test.items)))
    }
    return (results, fullGrid)
  }

  /// IFT: the base candidates in the tuned model's own order, in the better mode on validation.
  private func languageModelOrder() -> MethodResult {
    let only = [Float](repeating: 1, count: interactions.count)
    var best: (mode: RankingMode, metric: Float)?
    for mode in scores.modes {
      let ranks = blending(.plainBase, mode, .validation).ranks(
        targets: validation.items, weights: only, utility: .positions)
      let users = validation.items.indices.filter { validation.items[$0] >= 0 && choosing[$0] }
      let metric =
        users.reduce(0) { $0 + ndcg(rank: ranks[$1], at: 10) } / Float(max(1, users.count))
      if best.map({ metric > $0.metric }) ?? true { best = (mode, metric) }
    }
    let ranks = blending(.plainBase, best?.mode ?? .listwise, .test).ranks(
      targets: test.items, weights: only, utility: .positions)
    return result(.ift, ranks: ranks)
  }

  private func blending(
    _ variant: PromptVariant, _ mode: RankingMode, _ moment: Moment
  ) -> ListBlending {
    let question = CandidateScores.Question(variant, mode, moment)
    guard let lists = scores.lists[question.list], let answers = scores.answers[question] else {
      preconditionFailure("\(question) was not asked")
    }
    return ListBlending(
      lists: ScoredLists(
        length: lists.length, items: lists.items, recommender: lists.recommender,
        languageModel: answers), interactions: interactions)
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
    for (method, variant, uniform) in Self.blends {
      let predictions = variant.usesRetrained ? retrained : base
      func blending(_ moment: Moment) -> RatingBlending {
        RatingBlending(
          recommender: moment == .test ? predictions.testRatings : predictions.validationRatings,
          languageModel: languageModelRatings(variant, moment), interactions: interactions)
      }
      let grid = blending(.validation).grid(
        targets: validation.items, actual: validation.ratings, choosing: choosing,
        uniform: uniform)
      guard let choice = grid.best(higherIsBetter: false) else { continue }
      let ratings = blending(.test).ratings(
        weights: choice.weights(interactions: interactions))
      results.append(result(method, ratings: ratings, choice: choice))
      if method == .llama4rec { fullGrid = grid }
    }
    results.append(result(.languageModelAlone, ratings: plain))
    return (results, fullGrid)
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
