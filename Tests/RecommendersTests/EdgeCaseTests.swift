import Datasets
import Evaluation
import Recommenders
import Tensors
import TestSupport
import Testing

/// Data sets that are hardly any.
struct EdgeCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var data: TrainingData

  static let all: [EdgeCase] = [
    EdgeCase(
      testDescription: "a user without interactions and an item never seen",
      data: TrainingData(
        train: histories(
          [[0, 1, 2], [], [1, 2]], ratings: [[1, 2, 3], [], [4, 5]], itemCount: 5),
        validation: targets([3, -1, 0], ratings: [3, 0, 1]), questions: [4, 4, -1])),
    EdgeCase(
      testDescription: "one user",
      data: TrainingData(
        train: histories([[0, 1, 2]], itemCount: 4), validation: targets([3]), questions: [3])),
    EdgeCase(
      testDescription: "one item",
      data: TrainingData(
        train: histories([[0], [0], [0]], itemCount: 1), validation: targets([-1, -1, -1]),
        questions: [0, 0, 0])),
    EdgeCase(
      testDescription: "all ratings equal and no validation target",
      data: TrainingData(
        train: histories(
          [[0, 1, 2], [1, 2, 3]], ratings: [[3, 3, 3], [3, 3, 3]], itemCount: 4),
        validation: targets([-1, -1]), questions: [3, 0])),
    EdgeCase(
      testDescription: "fields of one value",
      data: TrainingData(
        train: histories(
          [[0, 1, 2], [1, 2, 3]], ratings: [[1, 2, 3], [5, 4, 3]], itemCount: 4),
        validation: targets([3, 0], ratings: [3, 3]), features: oneValueFeatures,
        questions: [3, 0])),
    EdgeCase(
      testDescription: "no interactions at all",
      data: TrainingData(
        train: histories([[], []], itemCount: 2), validation: targets([-1, -1]),
        questions: [0, 1])),
  ]

  private static var oneValueFeatures: FeatureTable {
    func entities(_ count: Int) -> Entities {
      Entities(
        ids: (0..<count).map { "\($0)" }, titles: [String](repeating: "", count: count),
        attributes: [
          Attribute(
            name: "kind", isNumeric: false, values: [[String]](repeating: ["same"], count: count))
        ])
    }
    return FeatureTable(
      users: entities(2), items: entities(4),
      train: histories([[0, 1, 2], [1, 2, 3]], itemCount: 4))
  }
}

@Suite struct EdgeCaseTests {
  @Test(arguments: BackboneName.allCases, EdgeCase.all)
  func everyNumberIsFiniteAndEveryListIsFull(name: BackboneName, edge: EdgeCase) throws {
    let data = edge.data
    let trained = try train(name, data, small(name), candidates: 3, foldPositions: 2)
    let predictions = trained.predictions
    // Without anything to hold out there is no second model.
    let fold =
      predictions.fold
      ?? FoldPredictions(users: [], positions: [], userEmbeddings: Matrix(rows: 0, columns: 0))
    let known = FoldPositions(of: data.train, limit: 2).known(of: data.train)
    #expect((predictions.fold == nil) == (known == data.train))
    #expect(trained.model.parameters.allSatisfy { $0.value.isFinite })
    #expect(predictions.userEmbeddings.rows == data.train.userCount)
    #expect(predictions.userEmbeddings.isFinite && fold.userEmbeddings.isFinite)
    let numbers = [
      predictions.validationScores, predictions.testScores, predictions.validationRatings,
      predictions.testRatings, fold.scores, fold.ratings,
    ].joined()
    #expect(numbers.allSatisfy { $0.isFinite })
    #expect(trained.curve.allSatisfy { $0.loss.isFinite && $0.validation.isFinite })
    guard name.task != .rating else { return }
    for user in 0..<data.train.userCount {
      let unknown = data.train.itemCount - Set(data.train.items(of: user)).count
      let list = predictions.validationItems[user * 3..<user * 3 + 3]
      #expect(list.count { $0 >= 0 } == min(3, unknown))
    }
  }

  @Test func equalRatingsPredictThatRating() throws {
    let data = TrainingData(
      train: histories([[0, 1], [1, 2]], ratings: [[3, 3], [3, 3]], itemCount: 4),
      validation: targets([-1, -1]), questions: [3, 0])
    for name in fieldModels + [.bias] {
      #expect(try train(name, data, small(name)).predictions.testRatings == [3, 3])
    }
  }

  @Test func withoutAValidationTargetEveryEpochIsTrained() throws {
    var data = checkerboard()
    data.validation = targets([Int32](repeating: -1, count: data.train.userCount))
    let curve = try train(.mf, data, small(.mf)).curve
    #expect(curve.map(\.epoch) == Array(1...6))
    #expect(curve.allSatisfy { $0.validation == 0 })
    #expect(curve[5].loss < curve[0].loss)
  }

  @Test func onlyFlaggedUsersValidate() throws {
    var data = checkerboard()
    data.validationUsers = data.validation.items.indices.map { $0 == 0 }
    data.validation.ratings[0] = 2
    let curve = try train(.bias, data, small(.bias)).curve
    let trained = try train(.bias, data, small(.bias))
    let error = trained.predictions.validationRatings[0] - 2
    #expect(abs((curve.map(\.validation).min() ?? 0) - abs(error)) < 1e-5)
  }

  @Test(arguments: backbones(of: .direct) + fieldModels)
  func aLossThatIsNoNumberStopsTraining(name: BackboneName) {
    var configuration = small(name)
    configuration.learningRate = 1e30
    #expect {
      try train(name, checkerboard(), configuration)
    } throws: { error in
      guard case .diverged(let backbone, _, let rate) = error as? BackboneError else {
        return false
      }
      return backbone == name && rate == 1e30
    }
  }

  @Test func aHyperparameterOutOfRangeIsNamed() {
    var configuration = small(.sasrec)
    configuration.heads = 3
    let expected = BackboneError.configuration(
      backbone: .sasrec, key: "heads", found: "3",
      expected: "a divisor of embeddingDimension (8)")
    #expect(throws: expected) { try train(.sasrec, circles(), configuration) }
    #expect(
      expected.description
        == "sasrec: heads is 3, expected a divisor of embeddingDimension (8); "
        + "change it in the parameters of the stage")
    configuration = small(.autoint)
    configuration.heads = 3
    #expect(
      throws: BackboneError.configuration(
        backbone: .autoint, key: "heads", found: "3",
        expected: "a divisor of embeddingDimension (8)")
    ) { try train(.autoint, checkerboard(), configuration) }
    configuration = small(.xdeepfm)
    configuration.interactionUnits = [7, 4]
    #expect(
      throws: BackboneError.configuration(
        backbone: .xdeepfm, key: "interactionUnits", found: "[7, 4]",
        expected: "all but the last even")
    ) { try train(.xdeepfm, checkerboard(), configuration) }
    configuration = small(.ease)
    configuration.penalties = []
    #expect(
      throws: BackboneError.configuration(
        backbone: .ease, key: "penalties", found: "[]",
        expected: "one or more numbers above 0")
    ) { try train(.ease, checkerboard(), configuration) }
  }

  @Test func inputsOfDifferentDataSetsAreRefused() {
    var data = checkerboard()
    data.validation = targets([0])
    #expect(
      throws: BackboneError.mismatch(
        what: "users of the validation targets", found: 1, expected: 24)
    ) { try train(.mf, data, small(.mf)) }
    data = checkerboard()
    let pair = PreferencePair(user: 0, preferred: 99, other: 0)
    data.pairs = [pair]
    #expect(throws: BackboneError.pair(pair, users: 24, items: 20)) {
      try train(.mf, data, small(.mf))
    }
  }

  @Test func parametersOfAnotherModelAreRefused() throws {
    let data = checkerboard()
    let trained = try train(.mf, data, small(.mf))
    var wider = trained.model
    wider.configuration.embeddingDimension = 16
    #expect(
      throws: BackboneError.parameter(
        backbone: .mf, name: "users", found: "24 × 8", expected: "24 × 16")
    ) { try wider.predictions(on: data, candidates: 3) }
  }
}
