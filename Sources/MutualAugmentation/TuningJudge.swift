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
  public func metric(of model: some LanguageModel) throws -> Float {
    guard !users.isEmpty else { return 0 }
    let scoring = CandidateScoring(
      model: model, writer: writer, validation: validation, task: predictions.task)
    var total = 0.0
    for user in users {
      let block = user..<user + 1
      if predictions.task == .rating {
        let rating = try scoring.ratings(
          users: block, items: validation.items, estimates: predictions.validationRatings)[0]
        let error = Double(rating - validation.ratings[user])
        total += error * error
      } else {
        let length = predictions.candidates
        let scores = try scoring.scores(
          users: block, lists: predictions.validationItems, length: length, at: .validation,
          mode: .listwise, augmented: true)[0]
        let items = predictions.validationItems[user * length..<(user + 1) * length]
          .prefix { $0 >= 0 }
        guard let found = items.firstIndex(of: validation.items[user]) else { continue }
        let place = found - items.startIndex
        let rank = items.indices.count { index in
          let other = index - items.startIndex
          return scores[other] > scores[place] || (scores[other] == scores[place] && other < place)
        }
        total += Double(ndcg(rank: rank, at: 10))
      }
    }
    let mean = total / Double(users.count)
    return Float(predictions.task == .rating ? mean.squareRoot() : mean)
  }
}
