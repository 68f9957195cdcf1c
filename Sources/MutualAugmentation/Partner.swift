internal import Evaluation
public import Recommenders

/// A second conventional model in the language model's place: what the full system has to beat.
///
/// Both list candidates, both score the union, and the blend is chosen as the full system's is.
public struct Partner: Sendable {
  /// Its name in results.
  public let name: String
  /// Its lists and scores where the language model's are expected, as the listwise order of a plain prompt.
  let scores: CandidateScores

  /// A partner that rates.
  ///
  /// - Parameters:
  ///   - name: In results.
  ///   - predictions: Its ratings.
  public init(name: String, rating predictions: Predictions) {
    self.name = name
    var scores = CandidateScores(task: .rating)
    scores.answers = [
      .init(.plainBase, nil, .validation): predictions.validationRatings,
      .init(.plainBase, nil, .test): predictions.testRatings,
    ]
    self.scores = scores
  }

  /// Scores items, U × a length and −1 for none, as they stand in the table of the task that is measured.
  public typealias Scoring = (_ items: [Int32], _ knowsValidation: Bool) throws -> [Float]

  /// A partner that ranks.
  ///
  /// - Parameters:
  ///   - name: In results.
  ///   - predictions: The partner's lists.
  ///   - base: The other's lists; of the task that is measured.
  ///   - scoring: The partner's scores of what either lists.
  ///   - baseScoring: The other's scores of what only the partner lists.
  /// - Throws: What scoring throws.
  public init(
    name: String, ranking predictions: Predictions, beside base: Predictions,
    scoring: Scoring, baseScoring: Scoring
  ) throws {
    self.name = name
    var scores = CandidateScores(task: base.task)
    scores.aloneLength = predictions.candidates
    for moment in Moment.allCases {
      let isTest = moment == .test
      // In the sequential table a simple baseline reads the validation item at test, as everybody there.
      let readsMore = isTest && base.task == .sequential && !predictions.nextItems.isEmpty
      let own =
        readsMore
        ? predictions.nextItems : isTest ? predictions.testItems : predictions.validationItems
      let lists = try CandidateScores.Lists(
        backbone: CandidateScores.Lists(base, at: moment), own: own,
        ownLength: predictions.candidates
      ) { try baseScoring($0, isTest) }
      scores.alone[moment] = own
      scores.lists[.init(isRetrained: false, moment: moment)] = lists
      scores.answers[.init(.plainBase, .listwise, moment)] = try scoring(lists.items, isTest)
    }
    self.scores = scores
  }
}

extension CandidateScores.Lists {
  /// What a backbone lists at one moment.
  public init(_ predictions: Predictions, at moment: Moment) {
    let isTest = moment == .test
    self.init(
      length: predictions.candidates,
      items: isTest ? predictions.testItems : predictions.validationItems,
      recommender: isTest ? predictions.testScores : predictions.validationScores)
  }
}
