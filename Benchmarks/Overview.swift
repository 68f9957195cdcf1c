import ArgumentParser
import Datasets
import Evaluation
import Recommenders
import Tensors

/// Times the parts that a run spends its time in, one JSON object a line.
///
/// The data is generated in the size of MovieLens 100K, so that it runs anywhere. Every figure is the
/// median of several repetitions after a warm-up; the object names CPU kernel, threads and repetitions.
struct Overview: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time the parts that a run spends its time in (wall seconds, generated data).")
  static let repetitions = 5

  func run() async throws {
    BLAS.setThreads(1)
    let split = leaveOneOut(generateDemo(.movielens100kSized(scale: 1)))
    for backbone in [BackboneName.mf, .sasrec, .deepfm] {
      try Self.timeEpochs(backbone, split.trainingData(for: backbone.task))
    }
    try await Self.timeLanguageModel(split)
  }

  /// Seconds an epoch: the difference between a longer and a shorter training, without validation cost.
  private static func timeEpochs(_ backbone: BackboneName, _ data: TrainingData) throws {
    func seconds(epochs: Int) throws -> Double {
      var configuration = BackboneConfiguration.defaults(for: backbone)
      configuration.epochs = epochs
      configuration.validationInterval = epochs
      let start = wallSeconds()
      _ = try trainBackbone(
        backbone, data: data, configuration: configuration, candidates: 10,
        seed: 1, monitor: SilentMonitor())
      return wallSeconds() - start
    }
    let extra = backbone == .mf ? 20 : 2
    _ = try seconds(epochs: 1)
    let times = try (0..<repetitions).map { _ in
      (try seconds(epochs: 1 + extra) - seconds(epochs: 1)) / Double(extra)
    }
    report("\(backbone.rawValue).epoch", unit: "s", times)
  }
}
