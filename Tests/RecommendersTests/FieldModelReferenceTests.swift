import Datasets
import Recommenders
import Tensors
import TestSupport
import Testing

/// The models on field embeddings against `PlainFieldModel`.
@Suite struct FieldModelReferenceTests {
  private let lists: [[Int32]] = [[0, 1, 2], [1, 3], [0, 3, 2]]
  private let ratings: [[Float]] = [[1, 2, 3], [5, 4], [2, 5, 3]]

  private var features: FeatureTable {
    let users = Entities(
      ids: ["a", "b", "c"], titles: ["", "", ""],
      attributes: [Attribute(name: "job", isNumeric: false, values: [["x"], ["y"], []])])
    let items = Entities(
      ids: ["p", "q", "r", "s"], titles: ["", "", "", ""],
      attributes: [
        Attribute(
          name: "genres", isNumeric: false, values: [["u", "v"], ["w"], ["u"], ["v", "w", "u"]])
      ])
    return FeatureTable(
      users: users, items: items, train: histories(lists, ratings: ratings, itemCount: 4))
  }

  private var data: TrainingData {
    TrainingData(
      train: histories(lists, ratings: ratings, itemCount: 4), validation: targets([-1, -1, -1]),
      features: features, questions: [3, 0, 1])
  }

  /// Embeddings large enough that every term counts.
  private func configuration(_ name: BackboneName) -> BackboneConfiguration {
    var configuration = small(name)
    configuration.initialDeviation = 0.5
    return configuration
  }

  private func plain(_ name: BackboneName, _ trained: TrainedBackbone) -> PlainFieldModel {
    PlainFieldModel(
      name: name, trained: trained, features: features, heads: configuration(name).heads)
  }

  @Test(arguments: fieldModels)
  func predictionsEqualAPlainComputation(name: BackboneName) throws {
    let trained = try train(name, data, configuration(name))
    for (user, item) in [3, 0, 1].enumerated() {
      let rating = try plain(name, trained).rating(user: user, item: item)
      let expected = min(max(rating, 1), 5)
      let found = Double(trained.predictions.testRatings[user])
      #expect(abs(found - expected) < 1e-5, "user \(user): \(found), expected \(expected)")
    }
  }

  @Test(arguments: fieldModels)
  func theLossIsTheMeanSquaredError(name: BackboneName) throws {
    var configuration = configuration(name)
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    let trained = try train(name, data, configuration)
    var expected = 0.0
    for user in 0..<3 {
      for (item, rating) in zip(lists[user], ratings[user]) {
        let found = try plain(name, trained).rating(user: user, item: Int(item))
        expected += (found - Double(rating)) * (found - Double(rating)) / 8
      }
    }
    #expect(abs(Double(trained.curve[0].loss) - expected) < 1e-4 * expected)
  }

  @Test(arguments: fieldModels)
  func predictionsStayWithinTheRatingsOfTrain(name: BackboneName) throws {
    var configuration = small(name)
    configuration.initialDeviation = 10
    let found = try train(name, data, configuration).predictions.testRatings
    #expect(found.allSatisfy { (1...5).contains($0) })
    #expect(found.contains(1) || found.contains(5))
  }

  @Test(arguments: fieldModels)
  func aUserIsTheEmbeddingsOfItsFields(name: BackboneName) throws {
    let trained = try train(name, data, small(name))
    let table = try trained.parameter("embeddings")
    let embeddings = trained.predictions.userEmbeddings
    #expect(embeddings.rows == 3 && embeddings.columns == 16)
    // The user field has rows 0 (unknown) to 3; user.job has rows 4 (unknown), 5 (x), 6 (y).
    #expect(Array(embeddings[row: 1]) == Array(table[row: 2]) + Array(table[row: 6]))
    #expect(Array(embeddings[row: 2]) == Array(table[row: 3]) + Array(table[row: 4]))
  }
}
