public import Datasets
public import Evaluation
public import Recommenders

/// One row of the results for one seed: each test user's value of each metric.
public struct MethodResult: Sendable {
  public var method: String
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
  let validation: Targets
  let test: Targets
  /// N(u) of every user.
  let interactions: [Int]
  let choosing: [Bool]
  /// Ranking modes that were scored.
  let modes: [String]
  /// A column of the `scores` artifact.
  let column: (String) throws -> [Float]
  /// The model's own lists at test, U × length, −1 where a list ends; nil for the rating task.
  let alone: (items: [Int32], length: Int)?

  /// Users with a test item, ascending.
  public let testUsers: [Int]

  public init(
    base: Predictions, retrained: Predictions, validation: Targets, test: Targets,
    interactions: [Int], choosing: [Bool], modes: [String],
    alone: (items: [Int32], length: Int)?, column: @escaping (String) throws -> [Float]
  ) {
    self.base = base
    self.retrained = retrained
    self.validation = validation
    self.test = test
    self.interactions = interactions
    self.choosing = choosing
    self.modes = modes
    self.alone = alone
    self.column = column
    testUsers = test.items.indices.filter { test.items[$0] >= 0 }
  }

  /// The metrics of the task, in the order of every result's values.
  public var metrics: [Metric] { base.task == .rating ? Metric.rating : Metric.ranking }

  /// The blended rows: method, what it reads, whether all users share one weight.
  private static let blends: [(method: String, variant: PromptVariant, uniform: Bool)] = [
    ("llama4rec", .augmentedRetrained, false),
    ("without-data-augmentation", .augmentedBase, false),
    ("without-prompt-augmentation", .plainRetrained, false),
    ("without-adaptive-aggregation", .augmentedRetrained, true),
    ("pretrained-only", .pretrained, false),
  ]

  /// Evaluates all methods.
  ///
  /// - Returns: One result a method, and the grid of the full system on validation.
  /// - Throws: What reading a column throws.
  public func evaluate() throws -> (results: [MethodResult], grid: [BlendChoice]) {
    base.task == .rating ? try evaluateRatings() : try evaluateLists()
  }

  // MARK: Top-k

  private func evaluateLists() throws -> ([MethodResult], [BlendChoice]) {
    var results = [
      result(
        "base", ranks: ranks(base.testItems, length: base.candidates, targets: test.items)),
      try languageModelOrder(),
    ]
    var fullGrid: [BlendChoice] = []
    for (method, variant, uniform) in Self.blends {
      let grid = try modes.flatMap { mode in
        try blending(variant, mode, .validation).grid(
          targets: validation.items, choosing: choosing, mode: mode, uniform: uniform)
      }
      guard let choice = grid.best(higherIsBetter: true) else { continue }
      let ranks = try blending(variant, choice.mode, .test).ranks(
        targets: test.items, weights: choice.weights(interactions: interactions),
        utility: choice.utility)
      results.append(result(method, ranks: ranks, choice: choice))
      if method == "llama4rec" { fullGrid = grid }
    }
    if let alone {
      results.append(
        result(
          "language-model-alone",
          ranks: ranks(alone.items, length: alone.length, targets: test.items)))
    }
    return (results, fullGrid)
  }

  /// IFT: the base candidates in the tuned model's own order, in the better mode on validation.
  private func languageModelOrder() throws -> MethodResult {
    let only = [Float](repeating: 1, count: interactions.count)
    var best: (mode: String, metric: Float)?
    for mode in modes {
      let ranks = try blending(.plainBase, mode, .validation).ranks(
        targets: validation.items, weights: only, utility: .positions)
      let users = validation.items.indices.filter { validation.items[$0] >= 0 && choosing[$0] }
      let metric =
        users.reduce(0) { $0 + ndcg(rank: ranks[$1], at: 10) } / Float(max(1, users.count))
      if best.map({ metric > $0.metric }) ?? true { best = (mode, metric) }
    }
    let ranks = try blending(.plainBase, best?.mode ?? modes[0], .test).ranks(
      targets: test.items, weights: only, utility: .positions)
    return result("ift", ranks: ranks)
  }

  private func blending(
    _ variant: PromptVariant, _ mode: String, _ moment: Moment
  ) throws -> ListBlending {
    let predictions = variant.usesRetrained ? retrained : base
    return ListBlending(
      lists: ScoredLists(
        length: predictions.candidates,
        items: moment == .test ? predictions.testItems : predictions.validationItems,
        recommender: moment == .test ? predictions.testScores : predictions.validationScores,
        languageModel: try column(variant.column(mode, moment))), interactions: interactions)
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
    _ method: String, ranks: [Int?], choice: BlendChoice? = nil
  ) -> MethodResult {
    MethodResult(
      method: method,
      values: metrics.map { metric in testUsers.map { metric.value(rank: ranks[$0]) } },
      choice: choice)
  }

  // MARK: Ratings

  private func evaluateRatings() throws -> ([MethodResult], [BlendChoice]) {
    let plain = try column(PromptVariant.plainBase.column("rating", .test))
    var results = [
      result("base", ratings: base.testRatings), result("ift", ratings: plain),
    ]
    var fullGrid: [BlendChoice] = []
    for (method, variant, uniform) in Self.blends {
      let predictions = variant.usesRetrained ? retrained : base
      func blending(_ moment: Moment) throws -> RatingBlending {
        RatingBlending(
          recommender: moment == .test ? predictions.testRatings : predictions.validationRatings,
          languageModel: try column(variant.column("rating", moment)), interactions: interactions)
      }
      let grid = try blending(.validation).grid(
        targets: validation.items, actual: validation.ratings, choosing: choosing,
        uniform: uniform)
      guard let choice = grid.best(higherIsBetter: false) else { continue }
      let ratings = try blending(.test).ratings(
        weights: choice.weights(interactions: interactions))
      results.append(result(method, ratings: ratings, choice: choice))
      if method == "llama4rec" { fullGrid = grid }
    }
    results.append(result("language-model-alone", ratings: plain))
    return (results, fullGrid)
  }

  private func result(
    _ method: String, ratings: [Float], choice: BlendChoice? = nil
  ) -> MethodResult {
    MethodResult(
      method: method,
      values: metrics.map { metric in
        testUsers.map { metric.value(predicted: ratings[$0], actual: test.ratings[$0]) }
      }, choice: choice)
  }
}
