import Evaluation

/// One way to blend, and what it is on validation.
public struct BlendChoice: Sendable, Equatable {
  /// How candidates were ranked; nil for ratings.
  public var mode: RankingMode?
  public var utility: Utility
  /// The two weights; with `isUniform` every user gets α₁.
  public var aggregation: AdaptiveAggregation
  public var isUniform: Bool
  /// The metric on the validation users that choose.
  public var metric: Float

  /// The language model's weight for each user.
  public func weights(interactions: [Int]) -> [Float] {
    isUniform
      ? [Float](repeating: aggregation.alpha1, count: interactions.count)
      : aggregation.weights(interactions: interactions)
  }
}

/// Candidate lists with both sides' scores: U × K, −1 where a list ends.
public struct ScoredLists: Sendable {
  public var length: Int
  public var items: [Int32]
  public var recommender: [Float]
  public var languageModel: [Float]

  public init(length: Int, items: [Int32], recommender: [Float], languageModel: [Float]) {
    precondition(
      items.count == recommender.count && items.count == languageModel.count, "list lengths")
    self.length = length
    self.items = items
    self.recommender = recommender
    self.languageModel = languageModel
  }

  public var userCount: Int { length == 0 ? 0 : items.count / length }

  /// Both sides' utilities of one user's candidates.
  func utilities(
    of user: Int, _ utility: Utility
  ) -> (items: ArraySlice<Int32>, recommender: [Float], languageModel: [Float]) {
    let start = user * length
    let items = items[start..<start + length].prefix { $0 >= 0 }
    return (
      items, utility(Array(recommender[items.startIndex..<items.endIndex])),
      utility(Array(languageModel[items.startIndex..<items.endIndex]))
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

  private func rank(
    of target: Int32, in items: ArraySlice<Int32>, recommender: [Float], languageModel: [Float],
    weight: Float
  ) -> Int? {
    guard let found = items.firstIndex(of: target) else { return nil }
    let place = found - items.startIndex
    let blended = recommender.indices.map {
      (1 - weight) * recommender[$0] + weight * languageModel[$0]
    }
    return blended.indices.count {
      blended[$0] > blended[place] || (blended[$0] == blended[place] && $0 < place)
    }
  }

  /// Tries the whole grid on validation.
  ///
  /// - Parameters:
  ///   - targets: Validation items, −1 for none.
  ///   - choosing: Which users count.
  ///   - mode: Told in the choices.
  ///   - uniform: Whether every user has the same weight (the ablation), α₁ alone being tried.
  /// - Returns: A choice for every utility, α₁ and α₂, with mean NDCG@10.
  public func grid(
    targets: [Int32], choosing: [Bool], mode: RankingMode, uniform: Bool
  ) -> [BlendChoice] {
    let users = targets.indices.filter { targets[$0] >= 0 && choosing[$0] }
    return Utility.allCases.flatMap { utility -> [BlendChoice] in
      let prepared = users.map { lists.utilities(of: $0, utility) }
      return AdaptiveAggregation.grid.flatMap { alpha1 in
        (uniform ? [0] : AdaptiveAggregation.grid).map { alpha2 in
          var choice = BlendChoice(
            mode: mode, utility: utility,
            aggregation: AdaptiveAggregation(alpha1: alpha1, alpha2: alpha2), isUniform: uniform,
            metric: 0)
          let weights = choice.weights(interactions: interactions)
          var total: Float = 0
          for (user, list) in zip(users, prepared) {
            let rank = rank(
              of: targets[user], in: list.items, recommender: list.recommender,
              languageModel: list.languageModel, weight: weights[user])
            total += ndcg(rank: rank, at: 10)
          }
          choice.metric = total / Float(max(1, users.count))
          return choice
        }
      }
    }
  }
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
  ///   - uniform: Whether every user has the same weight (the ablation).
  /// - Returns: A choice for every α₁ and α₂.
  public func grid(
    targets: [Int32], actual: [Float], choosing: [Bool], uniform: Bool
  ) -> [BlendChoice] {
    let users = targets.indices.filter { targets[$0] >= 0 && choosing[$0] }
    return AdaptiveAggregation.grid.flatMap { alpha1 in
      (uniform ? [0] : AdaptiveAggregation.grid).map { alpha2 in
        var choice = BlendChoice(
          mode: nil, utility: .positions,
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
