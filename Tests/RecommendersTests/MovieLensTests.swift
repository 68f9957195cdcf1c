import Datasets
import Evaluation
import Recommenders
import Tensors
import Testing

/// MovieLens 100K against what is known of it.
@Suite(.enabled(if: MovieLens.isPresent, "needs ml-100k under $LLAMA4REC_DATA"))
struct MovieLensTests {
  private func predictions(
    _ name: BackboneName, _ split: Split, _ configuration: BackboneConfiguration? = nil
  ) throws -> Predictions {
    let data = TrainingData(
      train: split.train, validation: split.validation,
      features: FeatureTable(users: split.users, items: split.catalogue, train: split.train),
      questions: split.test.items)
    return try train(name, data, configuration ?? .defaults(for: name), candidates: 10).predictions
  }

  private func mean(_ metric: Metric, _ predictions: Predictions, _ test: Targets) -> Double {
    var sum = 0.0
    for (user, target) in test.items.enumerated() {
      let list = predictions.testItems[user * 10..<user * 10 + 10]
      sum += Double(metric.value(rank: list.firstIndex(of: target).map { $0 - user * 10 }))
    }
    return sum / Double(test.items.count)
  }

  private func rootMeanSquare(_ predictions: Predictions, _ test: Targets) -> Double {
    let squares = zip(predictions.testRatings, test.ratings).map { Double(($0 - $1) * ($0 - $1)) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// Counted by a dozen lines of Python from u.data: validation items are known at test.
  @Test func popularityIsExact() throws {
    let split = try MovieLens.split()
    let predictions = try predictions(.popularity, split)
    let expected: [(Metric, Double)] = [
      (.hr3, 0.0361), (.ndcg3, 0.0274), (.hr5, 0.0583), (.ndcg5, 0.0363), (.hr10, 0.0859),
      (.ndcg10, 0.0449),
    ]
    for (metric, value) in expected {
      #expect(abs(mean(metric, predictions, split.test) - value) < 5.1e-5, "\(metric)")
    }
  }

  @Test func biasesReachTheKnownError() throws {
    let split = try MovieLens.split()
    #expect(abs(rootMeanSquare(try predictions(.bias, split), split.test) - 1.0307) < 0.003)
  }

  @Test func easeIsFarAbovePopularity() throws {
    let split = try MovieLens.split()
    #expect(mean(.hr10, try predictions(.ease, split), split.test) > 0.12)
  }

  @Test func matrixFactorizationReachesItsPeers() throws {
    let split = try MovieLens.split()
    let predictions = try predictions(.mf, split)
    #expect(mean(.hr5, predictions, split.test) >= 0.071)
    #expect(mean(.ndcg5, predictions, split.test) >= 0.046)
  }

  @Test func aFewEpochsOfSASRecReachMatrixFactorization() throws {
    let split = try MovieLens.split()
    var configuration = BackboneConfiguration.defaults(for: .sasrec)
    configuration.epochs = 6
    configuration.validationInterval = 2
    let predictions = try predictions(.sasrec, split, configuration)
    #expect(mean(.hr10, predictions, split.test) > 0.13)
  }

  @Test func deepFMIsFarBelowTheGlobalMeansError() throws {
    let split = try MovieLens.split()
    var configuration = BackboneConfiguration.defaults(for: .deepfm)
    configuration.epochs = 3
    #expect(rootMeanSquare(try predictions(.deepfm, split, configuration), split.test) < 1.06)
  }
}
