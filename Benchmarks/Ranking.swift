import ArgumentParser
import Datasets
import Evaluation
import Recommenders
import Tensors

/// Times the ranking of all items for all users in the size of MovieLens 1M.
struct Ranking: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wall seconds to rank 3,706 items for 6,040 users, 64 dimensions, top 20.")

  @Option(help: "Measurements.") var repetitions = 5

  func run() throws {
    BLAS.setThreads(1)
    progress("generating data in the size of MovieLens 1M")
    let split = leaveOneOut(
      generateDemo(DemoOptions(users: 6040, items: 3706, interactions: 1_000_209)))
    let data = split.trainingData(for: .direct)
    var configuration = BackboneConfiguration.defaults(for: .mf)
    configuration.epochs = 1
    let model = try trainBackbone(
      .mf, data: data, configuration: configuration, candidates: 20, seed: 1,
      monitor: SilentMonitor()
    ).model
    // Predictions rank twice, at validation and at test; loading the parameters is included.
    let times = try (0..<repetitions).map { _ in
      let start = wallSeconds()
      _ = try model.predictions(on: data, candidates: 20)
      return (wallSeconds() - start) / 2
    }
    report("ranking.6040x3706x64.top20", unit: "s", times)
  }
}
