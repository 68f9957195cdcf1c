public import Datasets
import Evaluation
public import LanguageModels
public import Prompts
public import Recommenders

/// Measures a model while it is tuned, on the validation items of some users.
///
/// Plain prompts count as much as augmented ones, so that no row of the results is tuned for and another not
/// (method section 3).
public struct TuningJudge: Sendable {
  let predictions: Predictions
  let validation: Targets
  let writer: PromptWriter
  /// Users that count.
  let users: [Int]

  /// Takes the validation users that may stop training.
  public init(
    predictions: Predictions, validation: Targets, writer: PromptWriter, users: [Bool]
  ) {
    self.predictions = predictions
    self.validation = validation
    self.writer = writer
    self.users = users.indices.filter { users[$0] && validation.items[$0] >= 0 }
  }

  /// What the model is worth with plain prompts, and with augmented ones.
  public struct Judgement: Sendable, Equatable, CustomStringConvertible {
    public var plain: Float
    public var augmented: Float

    /// What training is stopped by.
    public var mean: Float { (plain + augmented) / 2 }

    public var description: String {
      "\(plain) with plain prompts, \(augmented) with augmented ones"
    }
  }

  /// NDCG@10 of the listwise order of the backbone's candidates, or the RMSE of the ratings.
  ///
  /// - Parameter model: The model as it is.
  /// - Returns: 0 when nobody counts.
  /// - Throws: What the model throws.
  public func judgement(of model: any LanguageModel) async throws -> Judgement {
    guard !users.isEmpty else { return Judgement(plain: 0, augmented: 0) }
    let scoring = CandidateScoring(
      model: model, writer: writer, validation: validation, task: predictions.task)
    if predictions.task == .rating {
      return Judgement(
        plain: try await error(scoring, estimates: nil),
        augmented: try await error(scoring, estimates: predictions.validationRatings))
    }
    let lists = [nil, writer].map {
      CandidateLists(
        at: .validation, items: predictions.validationItems, length: predictions.candidates,
        hints: $0)
    }
    let scores = try await scoring.scores(users: users, of: lists, modes: [.listwise])
    return Judgement(
      plain: gain(lists[0], scores[0][0]), augmented: gain(lists[1], scores[1][0]))
  }

  /// RMSE of the model's ratings.
  private func error(_ scoring: CandidateScoring, estimates: [Float]?) async throws -> Float {
    let ratings = try await scoring.ratings(
      users: users, items: validation.items, estimates: estimates)
    let total = zip(users, ratings).reduce(0.0) { sum, pair in
      let error = Double(pair.1 - validation.ratings[pair.0])
      return sum + error * error
    }
    return Float((total / Double(users.count)).squareRoot())
  }

  /// Mean NDCG@10 of the order that scores, `[user][candidate]`, give the lists.
  private func gain(_ lists: CandidateLists, _ scores: [[Float]]) -> Float {
    let total = zip(users, scores).reduce(0.0) { sum, pair in
      let items = lists.candidates(of: pair.0)
      guard let place = items.firstIndex(where: { $0.item == validation.items[pair.0] }) else {
        return sum
      }
      let rank = items.map { pair.1[$0.column] }.rank(ofPlace: place)
      return sum + Double(ndcg(rank: rank, at: 10))
    }
    return Float(total / Double(users.count))
  }
}
