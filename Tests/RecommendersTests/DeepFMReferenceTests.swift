import Datasets
import Recommenders
import Tensors
import Testing

@Suite struct DeepFMReferenceTests {
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

  /// The published formulas with plain loops in Double.
  private func plain(_ trained: TrainedBackbone, user: Int, item: Int) throws -> Double {
    let (table, first) = (try trained.parameter("embeddings"), try trained.parameter("first-order"))
    var base = 0
    var vectors: [[Double]] = []
    var sum = Double(try trained.parameter("bias")[0, 0])
    for side in [FeatureTable.Side.user, .item] {
      for field in features.fields where field.side == side {
        base = features.fields.prefix { $0.name != field.name }.reduce(0) { $0 + $1.cardinality }
        let values = field.values(of: side == .user ? user : item).map { base + Int($0) }
        let share = 1 / Double(values.count)
        vectors.append(
          (0..<table.columns).map { d in
            values.reduce(0) { $0 + share * Double(table[$1, d]) }
          })
        sum += values.reduce(0) { $0 + share * Double(first[$1, 0]) }
      }
    }
    for f in vectors.indices {
      for g in 0..<f { sum += zip(vectors[f], vectors[g]).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    var deep = vectors.flatMap { $0 }
    for layer in 0..<2 {
      let weight = try trained.parameter("layer.\(layer).weight")
      let bias = try trained.parameter("layer.\(layer).bias")
      deep = (0..<weight.rows).map { unit in
        max(
          0, deep.indices.reduce(Double(bias[0, unit])) { $0 + Double(weight[unit, $1]) * deep[$1] }
        )
      }
    }
    let output = try trained.parameter("output.weight")
    return deep.indices.reduce(sum) { $0 + Double(output[0, $1]) * deep[$1] }
  }

  @Test func predictionsEqualAPlainComputation() throws {
    let trained = try train(.deepfm, data, small(.deepfm))
    for (user, item) in [3, 0, 1].enumerated() {
      let expected = min(max(try plain(trained, user: user, item: item), 1), 5)
      let found = Double(trained.predictions.testRatings[user])
      #expect(abs(found - expected) < 1e-5, "user \(user): \(found), expected \(expected)")
    }
  }

  @Test func theLossIsTheMeanSquaredError() throws {
    var configuration = small(.deepfm)
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    configuration.dropout = 0
    let trained = try train(.deepfm, data, configuration)
    var expected = 0.0
    for user in 0..<3 {
      for (item, rating) in zip(lists[user], ratings[user]) {
        let error = try plain(trained, user: user, item: Int(item)) - Double(rating)
        expected += error * error / 8
      }
    }
    #expect(abs(Double(trained.curve[0].loss) - expected) < 1e-5)
  }

  @Test func predictionsStayWithinTheRatingsOfTrain() throws {
    var configuration = small(.deepfm)
    configuration.initialDeviation = 3
    let found = try train(.deepfm, data, configuration).predictions.testRatings
    #expect(found.allSatisfy { (1...5).contains($0) })
    #expect(found.contains(1) || found.contains(5))
  }

  @Test func aUserIsTheEmbeddingsOfItsFields() throws {
    let trained = try train(.deepfm, data, small(.deepfm))
    let table = try trained.parameter("embeddings")
    let embeddings = trained.predictions.userEmbeddings
    #expect(embeddings.rows == 3 && embeddings.columns == 16)
    // The user field has rows 0 (unknown) to 3; user.job has rows 4 (unknown), 5 (x), 6 (y).
    #expect(Array(embeddings[row: 1]) == Array(table[row: 2]) + Array(table[row: 6]))
    #expect(Array(embeddings[row: 2]) == Array(table[row: 3]) + Array(table[row: 4]))
  }
}
