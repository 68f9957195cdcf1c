public import Datasets
import Evaluation
public import LanguageModels
public import Prompts
public import Recommenders

/// Measures a model while it is tuned: augmented prompts, on the validation items of some users.
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

  /// NDCG@10 of the listwise order of the backbone's candidates, or the RMSE of the ratings.
  ///
  /// - Parameter model: The model as it is.
  /// - Returns: 0 when nobody counts.
  /// - Throws: What the model throws.
  public func metric(of model: any LanguageModel) async throws -> Float {
    guard !users.isEmpty else { return 0 }
    let scoring = CandidateScoring(
      model: model, writer: writer, validation: validation, task: predictions.task)
    if predictions.task == .rating {
      let ratings = try await scoring.ratings(
        users: users, items: validation.items, estimates: predictions.validationRatings)
      let total = zip(users, ratings).reduce(0.0) { sum, pair in
        let error = Double(pair.1 - validation.ratings[pair.0])
        return sum + error * error
      }
      return Float((total / Double(users.count)).squareRoot())
    }
    let lists = CandidateLists(
      at: .validation, items: predictions.validationItems, length: predictions.candidates,
      hints: writer)
    let scores = try await scoring.scores(users: users, of: [lists], modes: [.listwise])[0][0]
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
