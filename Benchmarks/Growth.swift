import ArgumentParser
import Foundation
import Recommenders

/// How time and memory grow with the data: every measurement in a process of its own.
struct Growth: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "CPU seconds an epoch and peak memory at 1, 10 and 100 times MovieLens 100K.")

  @Option(parsing: .upToNextOption, help: "The models; all of them by default.")
  var models = BackboneName.allCases
  @Option(parsing: .upToNextOption, help: "Multiples of the size of MovieLens 100K.")
  var scales = [1, 10, 100]
  @Option(help: "Epochs to time; by default 3, and 1 from a scale of 100.")
  var epochs: Int?

  func run() throws {
    print(
      "| model | interactions | batch | CPU s | of | µs an interaction | × the first | data MiB | peak MiB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for model in models {
      var first: Double?
      for scale in scales {
        if let reason = obstacle(model, scale: scale) {
          print("| \(model.rawValue) | \(100_000 * scale) | not measured: \(reason) | | | | | | |")
          continue
        }
        let result = try measure(model, scale: scale)
        let each = result.seconds / Double(result.interactions) * 1e6
        first = first ?? each
        print(
          "| \(model.rawValue) | \(result.interactions) | \(result.setting["batch"] ?? "") "
            + "| \(text(result.seconds)) | \(result.unit.rawValue) | \(text(each)) "
            + "| \(text(each / (first ?? each))) | \(text(result.loadedMib)) "
            + "| \(text(result.peakMib)) |")
        fflush(nil)  // A long table is to be read as it grows.
      }
    }
  }

  private func text(_ value: Double) -> String {
    String(format: value < 100 ? "%.3g" : "%.0f", value)
  }

  /// Why a model cannot sensibly be measured at a scale, or nil.
  private func obstacle(_ model: BackboneName, scale: Int) -> String? {
    guard scale >= 100 else { return nil }
    return switch model {
    case .sgl: "InfoNCE compares all nodes of a batch with one another, which the batch grows with"
    case .ease, .itemknn: "weights between all items, and of EASE their inverse, O(I³)"
    default: nil
    }
  }

  private func measure(_ model: BackboneName, scale: Int) throws -> Measurement {
    var arguments = [
      "backbone", "--model", model.rawValue, "--dataset", "demo", "--scale", "\(scale)",
      "--epochs", "\(epochs ?? (scale < 100 ? 3 : 1))",
    ]
    let defaults = BackboneConfiguration.defaults(for: model)
    switch model {
    case .lightgcn, .sgl, .mixgcf:
      // A step goes through the whole graph: the number of steps an epoch stays the same.
      arguments += ["--batch", "\(defaults.batchSize * scale)"]
    default:
      if let penalty = defaults.penalties.first { arguments += ["--penalty", "\(penalty)"] }
    }
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Measurement.self, from: bytes)
  }
}
