import Datasets
import Evaluation
import MutualAugmentation
import Recommenders
import Tensors
import TestSupport
import Testing

/// A conventional model in the language model's place.
@Suite struct PartnerTests {
  private let data = TrainingData(
    train: histories(
      [[0, 1, 2], [1, 2, 3], [2, 3, 4], [0, 2, 5], [3, 1, 6], [7, 2, 0]], itemCount: 9),
    validation: targets([3, 4, 5, 1, 2, 8]))
  private let test = targets([4, 0, 1, 3, -1, 6])

  private func trained(_ name: BackboneName) throws -> TrainedBackbone {
    try trainBackbone(
      name, data: data, configuration: .defaults(for: name), candidates: 4, seed: 1,
      monitor: SilentMonitor())
  }

  /// The row of the base with one partner.
  private func row(
    _ base: TrainedBackbone, _ partner: TrainedBackbone, as task: RecommendationTask = .direct
  ) throws -> (base: MethodResult, partnered: MethodResult) {
    var predictions = base.predictions
    predictions.task = task
    if task == .sequential {
      // A sequential model's own lists at test read the validation item.
      predictions.testItems = predictions.nextItems
      predictions.testScores = predictions.nextScores
    }
    var scores = CandidateScores(task: task)
    for moment in Moment.allCases {
      let lists = CandidateScores.Lists(predictions, at: moment)
      for isRetrained in [false, true] {
        scores.lists[.init(isRetrained: isRetrained, moment: moment)] = lists
      }
      for variant in PromptVariant.allCases {
        scores.answers[.init(variant, .listwise, moment)] = lists.recommender
      }
    }
    let results = try MethodEvaluation(
      base: predictions, retrained: predictions, scores: scores, validation: data.validation,
      test: test, interactions: [3, 3, 3, 3, 3, 3],
      choosing: [Bool](repeating: true, count: 6),
      options: BlendOptions(
        candidates: CandidateSource.allCases.map { CandidateChoice($0, 4) }),
      partners: [
        Partner(name: "partner", ranking: partner.predictions, beside: predictions) {
          try partner.model.scores(of: $0, on: data, knowsValidation: $1, for: task)
        } baseScoring: {
          try base.model.scores(of: $0, on: data, knowsValidation: $1, for: task)
        }
      ]
    ).evaluate().results
    return (try #require(results.first), try #require(results.last))
  }

  @Test(arguments: [RecommendationTask.direct, .sequential])
  func `a model that is its own partner keeps its order`(task: RecommendationTask) throws {
    let knn = try trained(.itemknn)
    let (base, partnered) = try row(knn, knn, as: task)
    #expect(partnered.method == .twoBackbones && partnered.partner == "partner")
    #expect(partnered.values == base.values)
  }

  @Test func `what only one of the two lists is a candidate of both`() throws {
    let (knn, popularity) = (try trained(.itemknn), try trained(.popularity))
    let (_, partnered) = try row(knn, popularity)
    let listed = [knn, popularity].map(\.predictions.testItems)
    let both = try #require(partnered.choice?.candidates) == CandidateChoice(.both, 4)
    for (place, user) in [0, 1, 2, 3, 5].enumerated() where both {
      let found = listed.contains {
        $0[user * 4..<(user + 1) * 4].contains(test.items[user])
      }
      // HR@10 of lists of at most eight.
      #expect((partnered.values[4][place] > 0) == found)
    }
  }

  @Test func `of several partners validation takes the better one`() throws {
    var base = Predictions(
      task: .rating, candidates: 0, userEmbeddings: Matrix(rows: 2, columns: 0))
    base.validationRatings = [1, 1]
    base.testRatings = [1, 1]
    let partners = [("poor", Float(1)), ("good", 5)].map { name, rating in
      var predictions = base
      predictions.validationRatings = [rating, rating]
      predictions.testRatings = [rating, rating]
      return Partner(name: name, rating: predictions)
    }
    var scores = CandidateScores(task: .rating)
    for variant in PromptVariant.allCases {
      for moment in Moment.allCases { scores.answers[.init(variant, nil, moment)] = [3, 3] }
    }
    let results = MethodEvaluation(
      base: base, retrained: base, scores: scores,
      validation: targets([0, 1], ratings: [5, 5]), test: targets([2, 3], ratings: [5, 5]),
      interactions: [1, 4], choosing: [true, true], partners: partners
    ).evaluate().results
    let partnered = try #require(results.last)
    #expect(partnered.partner == "good")
    // The rarer user weighs the better partner by 0.9: off by 0.4.
    #expect(abs(partnered.values[1][0] - 0.4) < 1e-5)
  }
}
