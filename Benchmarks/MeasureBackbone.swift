import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Recommenders
import Tensors

/// What one process measured of one model, as the peers' scripts print it.
struct Measurement: Codable {
  /// What the seconds are of: an epoch, a pass of a closed form, or all of a training with its lists.
  enum Unit: String, Codable { case epoch, pass, training }

  var peer = "ours"
  var version: String
  var model: String
  var dataset: String
  var interactions: Int
  var setting: [String: String]
  var unit: Unit
  /// CPU time in user mode, the median of `all`.
  var seconds: Double
  var all: [Double]
  /// CPU time in the kernel, the median.
  var systemSeconds: Double
  /// Peak resident memory once the data was read, and in the end, before any longer training.
  var loadedMib: Double
  var peakMib: Double
  var epochsRun: Int?
  var bestEpoch: Int?
  /// At test, of the parameters that were best at validation.
  var metrics: [String: Double]?
}

/// Times the epochs of one model, and trains it to the end where its quality is asked for.
struct MeasureBackbone: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backbone",
    abstract: "One model: CPU seconds an epoch without validation, peak memory, quality.")

  @Option(help: "The model.") var model: BackboneName
  @OptionGroup var source: DataOptions
  @OptionGroup var setting: Setting
  @Option(help: "Epochs to time.") var epochs = 5
  @Option(help: "Most epochs of a longer training for the metrics at test; 0: none.")
  var quality = 0
  @Option(help: "Seed.") var seed: UInt64 = 1

  func validate() throws {
    guard epochs >= 1 else { throw ValidationError("--epochs must be at least 1, found \(epochs)") }
  }

  func run() throws {
    BLAS.setThreads(1)
    let split = try source.load()
    let data = split.trainingData(for: model.task)
    let loaded = peakMemory()
    progress("\(model.rawValue) on \(source.name)")
    let (unit, times) = try time(data)
    var result = Measurement(
      version: BLAS.identity, model: model.rawValue, dataset: source.name,
      interactions: split.train.items.count, setting: setting.given, unit: unit,
      seconds: median(times.map(\.user)), all: times.map(\.user),
      systemSeconds: median(times.map(\.system)), loadedMib: loaded, peakMib: peakMemory())
    if quality > 0 {
      var configuration = setting.configuration(of: model)
      // The passes of a closed form are part of its setting.
      if unit == .epoch { configuration.epochs = quality }
      let trained = try train(data, configuration, ValidationProgress())
      if unit == .epoch {
        let best = trained.bestValidation
        result.epochsRun = trained.curve.last?.epoch
        result.bestEpoch = trained.curve.first { $0.validation == best }?.epoch
      }
      result.metrics = metrics(trained.predictions, test: split.test)
    }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }

  private func train(
    _ data: TrainingData, _ configuration: BackboneConfiguration, _ monitor: any TrainingMonitor
  ) throws -> TrainedBackbone {
    try trainBackbone(
      model, data: data, configuration: configuration, candidates: 10,
      seed: seed, monitor: monitor)
  }

  private func time(_ data: TrainingData) throws -> (Measurement.Unit, [CPUTime]) {
    var configuration = setting.configuration(of: model)
    switch model {
    case .popularity, .ease, .itemknn, .bias, .als:
      var data = data
      data.validationUsers = [Bool](repeating: false, count: data.train.userCount)
      func time(passes: Int) throws -> CPUTime {
        configuration.epochs = passes
        let start = CPUTime.now
        _ = try train(data, configuration, SilentMonitor())
        return .now - start
      }
      if model != .als { return (.training, [try time(passes: 1)]) }
      // All else a training does is in both.
      let short = try time(passes: 1)
      let more = try time(passes: 1 + epochs) - short
      let passes = Double(epochs)
      return (.pass, [CPUTime(user: more.user / passes, system: more.system / passes)])
    default:
      configuration.epochs = epochs + 1
      configuration.validationInterval = epochs + 1
      let clock = EpochClock(epochs: epochs)
      do { _ = try train(data, configuration, clock) } catch is EpochClock.Enough {}
      return (.epoch, clock.epochs)
    }
  }

  private func metrics(_ predictions: Predictions, test: Targets) -> [String: Double] {
    let users = test.items.indices.filter { test.items[$0] >= 0 }
    let kinds = model.task == .rating ? Metric.rating : Metric.ranking
    return Dictionary(
      uniqueKeysWithValues: kinds.map { metric in
        let values = users.map {
          predictions.value(of: metric, user: $0, test: test, in: predictions.task)
        }
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(max(values.count, 1))
        return (metric.rawValue, metric.summary(ofMean: mean))
      })
  }
}
