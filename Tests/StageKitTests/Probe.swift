import Artifacts
import Foundation
import Foundations
import StageKit
import StageProtocol
import Synchronization

/// A stage to which tests give its work as a closure.
struct Probe: Stage {
  static let description = StageDescription(
    name: "probe", summary: "Does what a test asks for.",
    inputs: [
      .init("train", schema: "interactions", "training interactions"),
      .init("features", schema: "features", "what users are like", optional: true),
      .init("metrics", schema: "user-metrics", "one a seed", optional: true, many: true),
      .init("notes", "a text", optional: true),
    ],
    outputs: [
      .init("model", schema: "backbone-model", "the trained model"),
      .init("page", file: "page.html", "a page to read"),
    ],
    parameters: [
      .integer("epochs", default: 20, "passes over the data", minimum: 1, maximum: 1000),
      .number("learningRate", default: 0.001, "Adam's step size", above: 0),
      .number("dropout", default: 0.1, "share of zeros", minimum: 0, below: 1),
      .boolean("shuffle", default: true, "whether order is random"),
      .choice("mode", default: Mode.listwise, "how answers are asked for"),
      .string("label", default: "", "shown in the report"),
      .integers("cutoffs", default: [3, 5, 10], "lengths of lists", minimum: 1),
      .numbers("alphas", default: [0, 0.5], "weights", minimum: 0, maximum: 1),
      .strings("fields", default: nil, choices: ["age", "genre"], "which features; null for all"),
      .integer("patience", default: nil, "epochs without gain; null for ever", minimum: 0),
    ])

  enum Mode: String, CaseIterable { case listwise, pointwise }

  static func run(_ context: StageContext) {}
}

/// What a launched probe printed, and how it ended.
struct Outcome {
  var code: ExitCode
  var out: String
  var error: String
}

/// A console that remembers, with a clock that moves only when told.
final class FakeConsole: Sendable {
  private let state = Mutex((out: "", error: "", time: 100.0))

  var out: String { state.withLock { $0.out } }
  var error: String { state.withLock { $0.error } }

  func wait(_ seconds: Double) { state.withLock { $0.time += seconds } }

  func console(columns: Int?) -> Console {
    Console(
      out: { text in self.state.withLock { $0.out += text } },
      error: { text in self.state.withLock { $0.error += text } }, columns: columns,
      now: { self.state.withLock { $0.time } })
  }
}

/// A folder that is gone after the closure.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "stagekit-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

/// What every artifact of a pipeline says about its data set.
let dataSet = ["data": "aaaaaaaaaa", "users": "1", "items": "1"]

/// Launches the probe on sound inputs and outputs in a folder, and arguments of its own.
func launch(
  in folder: String, _ arguments: [String] = [], console: FakeConsole = FakeConsole(),
  columns: Int? = nil, signal: @escaping @Sendable () -> Int32? = { nil },
  _ body: @escaping (StageContext) async throws -> Void
) async throws -> Outcome {
  let train = "\(folder)/train.safetensors.zst"
  if !FileManager.default.fileExists(atPath: train) {
    var artifact = Artifact(schema: "interactions", metadata: dataSet)
    artifact.set("items", int32s: [0])
    try artifact.write(to: train)
  }
  let launcher = Launcher<Probe>(
    console: console.console(columns: columns), stopSignal: signal, work: body)
  let code = await launcher.run(
    [
      "--input", "train=\(train)", "--output", "model=\(folder)/model.safetensors.zst",
      "--output", "page=\(folder)/page.html",
    ] + arguments)
  return Outcome(code: code, out: console.out, error: console.error)
}

/// Writes what every probe that ends well must write.
func writeOutputs(_ context: StageContext, weights: [Float] = [1]) throws {
  var model = Artifact(schema: "backbone-model")
  model.set("weights", floats: weights)
  try context.write(model, to: "model")
  try Files.writeAtomically("<p>done", to: context.outputPath("page"))
}
