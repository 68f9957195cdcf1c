import Evaluation

/// One way to blend, and what it is on validation.
public struct BlendChoice: Sendable, Equatable {
  /// Which backbone's candidates, and which prompts.
  public var variant: PromptVariant
  /// How candidates were ranked; nil for ratings.
  public var mode: RankingMode?
  /// Whose candidates were blended; nil for ratings.
  public var candidates: CandidateChoice?
  public var utility: Utility
  /// The two weights; with `isUniform` every user gets α₁.
  public var aggregation: AdaptiveAggregation
  public var isUniform: Bool
  /// The metric on the validation users that choose.
  public var metric: Float

  /// A way to blend with its validation metric.
  public init(
    variant: PromptVariant = .augmentedRetrained, mode: RankingMode?, candidates: CandidateChoice?,
    utility: Utility, aggregation: AdaptiveAggregation, isUniform: Bool, metric: Float
  ) {
    self.variant = variant
    self.mode = mode
    self.candidates = candidates
    self.utility = utility
    self.aggregation = aggregation
    self.isUniform = isUniform
    self.metric = metric
  }

  /// The language model's weight for each user.
  public func weights(interactions: [Int]) -> [Float] {
    isUniform
      ? [Float](repeating: aggregation.alpha1, count: interactions.count)
      : aggregation.weights(interactions: interactions)
  }
}

extension BlendChoice {
  /// The choice in words, as results and the delivery tell it.
  public var words: [String: String] {
    var words = [
      "prompts": variant.rawValue, "mode": mode?.rawValue ?? Self.ratingMode,
      "blend": utility.rawValue,
      "alpha1": "\(aggregation.alpha1)", "validation": "\(metric)",
    ]
    if let candidates, candidates.count < .max {
      words["candidates"] = "\(candidates.source.rawValue), \(candidates.count)"
    }
    if !isUniform { words["alpha2"] = "\(aggregation.alpha2)" }
    return words
  }

  /// The choice that `words` tell; nil where they tell none.
  public init?(words: [String: String]) {
    func number(_ name: String) -> Float? {
      words[name].flatMap { Float($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
    guard let variant = words["prompts"].flatMap(PromptVariant.init(rawValue:)),
      let mode = words["mode"], let utility = words["blend"].flatMap(Utility.init(rawValue:)),
      let alpha1 = number("alpha1"), (0...1).contains(alpha1), let metric = number("validation")
    else { return nil }
    let alpha2 = number("alpha2")
    guard (words["alpha2"] == nil) == (alpha2 == nil), (0...1).contains(alpha2 ?? 0) else {
      return nil
    }
    self.variant = variant
    self.mode = RankingMode(rawValue: mode)
    if self.mode == nil, mode != Self.ratingMode { return nil }
    if let told = words["candidates"] {
      let parts = told.split(separator: ",").map { $0.drop { $0 == " " } }
      guard parts.count == 2, let source = CandidateSource(rawValue: String(parts[0])),
        let count = Int(parts[1]), count > 0
      else { return nil }
      candidates = CandidateChoice(source, count)
    } else {
      candidates = self.mode == nil ? nil : CandidateChoice(.backbone, .max)
    }
    self.utility = utility
    aggregation = AdaptiveAggregation(alpha1: alpha1, alpha2: alpha2 ?? 0)
    isUniform = alpha2 == nil
    self.metric = metric
  }

  private static let ratingMode = "rating"
}

/// Candidates with both sides' scores, each user's list end to end; lists may differ in length.
public struct ScoredLists: Sendable {
  /// Where each user's candidates begin: [U + 1].
  public private(set) var offsets = [0]
  public private(set) var items: [Int32] = []
  public private(set) var recommender: [Float] = []
  public private(set) var languageModel: [Float] = []

  public init() {}

  /// Lists of one length, −1 where there is no candidate.
  ///
  /// - Parameters:
  ///   - length: K.
  ///   - items: U × K.
  ///   - recommender: The backbone's scores, U × K.
  ///   - languageModel: The language model's, U × K.
  public init(length: Int, items: [Int32], recommender: [Float], languageModel: [Float]) {
    precondition(
      items.count == recommender.count && items.count == languageModel.count, "list lengths")
    for start in stride(from: 0, to: items.count, by: max(length, 1)) {
      for place in start..<start + length where items[place] >= 0 {
        append(items[place], recommender: recommender[place], languageModel: languageModel[place])
      }
      endUser()
    }
  }

  /// Adds a candidate to the list of the user at hand.
  public mutating func append(_ item: Int32, recommender: Float, languageModel: Float) {
    items.append(item)
    self.recommender.append(recommender)
    self.languageModel.append(languageModel)
  }

  /// Ends the list of the user at hand.
  public mutating func endUser() { offsets.append(items.count) }

  public var userCount: Int { offsets.count - 1 }

  /// Where one user's candidates stand.
  public func range(of user: Int) -> Range<Int> { offsets[user]..<offsets[user + 1] }

  /// One user's candidates.
  public func items(of user: Int) -> ArraySlice<Int32> { items[range(of: user)] }

  /// Both sides' utilities of one user's candidates.
  func utilities(
    of user: Int, _ utility: Utility
  ) -> (items: ArraySlice<Int32>, recommender: [Float], languageModel: [Float]) {
    let range = range(of: user)
    return (
      items[range], utility(Array(recommender[range])), utility(Array(languageModel[range]))
    )
  }
}

/// Ranks candidate lists by blended utilities and finds the blend that is best on validation.
public struct ListBlending: Sendable {
  public let lists: ScoredLists
  /// N(u) of every user.
  public let interactions: [Int]

  public init(lists: ScoredLists, interactions: [Int]) {
    self.lists = lists
    self.interactions = interactions
  }

  /// The 0-based rank of each user's target when the list is ordered by (1 − α) · U_Rec + α · U_LLM
  /// (equation 6); nil where there is no target or the backbone missed it.
  ///
  /// A candidate with the same utility as the target counts as before it when it stands before it in the
  /// backbone's list.
  ///
  /// - Parameters:
  ///   - targets: One item a user, −1 for none.
  ///   - weights: α of every user.
  ///   - utility: How scores become utilities.
  /// - Returns: One rank a user.
  public func ranks(targets: [Int32], weights: [Float], utility: Utility) -> [Int?] {
    targets.indices.map { user in
      guard targets[user] >= 0 else { return nil }
      let (items, recommender, languageModel) = lists.utilities(of: user, utility)
      return rank(
        of: targets[user], in: items, recommender: recommender, languageModel: languageModel,
        weight: weights[user])
    }
  }

  /// One user's list in the order of (1 − α) · U_Rec + α · U_LLM (equation 6), of equals the one that stands first.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - weight: α of the user.
  ///   - utility: How scores become utilities.
  /// - Returns: Places of `lists`, best first, with their blended utilities.
  public func ranked(
    user: Int, weight: Float, utility: Utility
  ) -> [(place: Int, utility: Float)] {
    let (items, recommender, languageModel) = lists.utilities(of: user, utility)
    let blended = blend(recommender, languageModel, weight)
    return blended.indices.sorted { (blended[$0], $1) > (blended[$1], $0) }
      .map { (items.startIndex + $0, blended[$0]) }
  }

  private func rank(
    of target: Int32, in items: ArraySlice<Int32>, recommender: [Float], languageModel: [Float],
    weight: Float
  ) -> Int? {
    guard let found = items.firstIndex(of: target) else { return nil }
    let place = found - items.startIndex
    return blend(recommender, languageModel, weight).rank(ofPlace: place)
  }

  /// Tries the whole grid on validation.
  ///
  /// - Parameters:
  ///   - targets: Validation items, −1 for none.
  ///   - choosing: Which users count.
  ///   - mode: Told in the choices.
  ///   - candidates: Told in the choices.
  ///   - utilities: How scores may become utilities.
  ///   - grid: The values of α₁ and α₂ to try.
  ///   - uniform: Whether every user has the same weight (the ablation), α₁ alone being tried.
  /// - Returns: A choice for every utility, α₁ and α₂, with mean NDCG@20.
  public func grid(
    targets: [Int32], choosing: [Bool], mode: RankingMode, candidates: CandidateChoice,
    utilities: [Utility] = Utility.allCases, grid: [Float] = AdaptiveAggregation.grid, uniform: Bool
  ) -> [BlendChoice] {
    let users = targets.indices.filter { targets[$0] >= 0 && choosing[$0] }
    return utilities.flatMap { utility -> [BlendChoice] in
      let prepared = users.map { lists.utilities(of: $0, utility) }
      return grid.flatMap { alpha1 in
        (uniform ? [0] : grid).map { alpha2 in
          var choice = BlendChoice(
            mode: mode, candidates: candidates, utility: utility,
            aggregation: AdaptiveAggregation(alpha1: alpha1, alpha2: alpha2), isUniform: uniform,
            metric: 0)
          let weights = choice.weights(interactions: interactions)
          var total: Float = 0
          for (user, list) in zip(users, prepared) {
            let rank = rank(
              of: targets[user], in: list.items, recommender: list.recommender,
              languageModel: list.languageModel, weight: weights[user])
            total += Metric.ndcg20.value(rank: rank)
          }
          choice.metric = total / Float(max(1, users.count))
          return choice
        }
      }
    }
  }
}

/// (1 − α) · U_Rec + α · U_LLM of each candidate of one user (equation 6).
private func blend(_ recommender: [Float], _ languageModel: [Float], _ weight: Float) -> [Float] {
  recommender.indices.map { (1 - weight) * recommender[$0] + weight * languageModel[$0] }
}

/// Blends predicted ratings and finds the blend that is best on validation.
public struct RatingBlending: Sendable {
  public let recommender: [Float]
  public let languageModel: [Float]
  public let interactions: [Int]

  public init(recommender: [Float], languageModel: [Float], interactions: [Int]) {
    self.recommender = recommender
    self.languageModel = languageModel
    self.interactions = interactions
  }

  /// (1 − α) · backbone + α · language model of every user.
  public func ratings(weights: [Float]) -> [Float] {
    weights.indices.map {
      (1 - weights[$0]) * recommender[$0] + weights[$0] * languageModel[$0]
    }
  }

  /// Tries the whole grid on validation; the metric is the RMSE.
  ///
  /// - Parameters:
  ///   - targets: Validation items, −1 for none.
  ///   - actual: Their ratings.
  ///   - choosing: Which users count.
  ///   - grid: The values of α₁ and α₂ to try.
  ///   - uniform: Whether every user has the same weight (the ablation).
  /// - Returns: A choice for every α₁ and α₂.
  public func grid(
    targets: [Int32], actual: [Float], choosing: [Bool],
    grid: [Float] = AdaptiveAggregation.grid, uniform: Bool
  ) -> [BlendChoice] {
    let users = targets.indices.filter { targets[$0] >= 0 && choosing[$0] }
    return grid.flatMap { alpha1 in
      (uniform ? [0] : grid).map { alpha2 in
        var choice = BlendChoice(
          mode: nil, candidates: nil, utility: .positions,
          aggregation: AdaptiveAggregation(alpha1: alpha1, alpha2: alpha2), isUniform: uniform,
          metric: 0)
        let blended = ratings(weights: choice.weights(interactions: interactions))
        let sum = users.reduce(0.0) { sum, user in
          let error = Double(blended[user] - actual[user])
          return sum + error * error
        }
        choice.metric = Float((sum / Double(max(1, users.count))).squareRoot())
        return choice
      }
    }
  }
}

extension [BlendChoice] {
  /// The best choice, of equals the first; nil for none.
  public func best(higherIsBetter: Bool) -> BlendChoice? {
    guard var best = first else { return nil }
    for choice in dropFirst()
    where higherIsBetter ? choice.metric > best.metric : choice.metric < best.metric {
      best = choice
    }
    return best
  }
}
