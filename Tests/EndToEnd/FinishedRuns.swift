import Foundation
import Testing

/// Two finished runs of small demos, of different users and items, with MF's lists delivered, for tests that call
/// single stages.
enum FinishedRuns {
  static let pair: Result<[Workspace], any Error> = Result {
    try [("80", "60"), ("110", "90")].map { users, items in
      let space = try Workspace()
      let outcome = try space.call(
        ["recommend"] + Workspace.small + [
          "--set", "preprocess.demoUsers=\(users)", "--set", "preprocess.demoItems=\(items)",
          "--set", "deliver.backbone=mf",
        ])
      try #require(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
      return space
    }
  }
}

/// A stage's executable, called as the runner calls it.
enum StageCall {
  /// What `--describe` says of inputs and outputs.
  struct Description: Decodable {
    struct Input: Decodable {
      var name: String
      var schema: String?
      var many: Bool
      var isSettings: Bool
    }
    struct Output: Decodable { var name: String }
    var inputs: [Input]
    var outputs: [Output]
  }

  /// Runs a stage to its end.
  ///
  /// - Parameters:
  ///   - stage: Its name.
  ///   - parameters: JSON.
  ///   - inputs: Paths by name.
  ///   - folder: Where `out-NAME` is written for each output.
  /// - Returns: The exit code, 128 and more for a signal, and what was printed.
  /// - Throws: What starting it throws.
  static func run(
    _ stage: String, parameters: String, inputs: [String: [String]], outputsIn folder: String
  ) throws -> (code: Int32, text: String) {
    var arguments = ["--parameters", parameters]
    for (input, paths) in inputs { arguments += paths.flatMap { ["--input", "\(input)=\($0)"] } }
    for output in try description(of: stage).outputs {
      arguments += ["--output", "\(output.name)=\(folder)/out-\(output.name)"]
    }
    return try run(stage, arguments)
  }

  static func description(of stage: String) throws -> Description {
    let (code, text) = try run(stage, ["--describe"])
    try #require(code == 0, "\(text)")
    return try JSONDecoder().decode(Description.self, from: Data(text.utf8))
  }

  private static func run(_ stage: String, _ arguments: [String]) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = try Workspace.executable("stage-\(stage)")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SWIFT_BACKTRACE": "enable=no", "OPENBLAS_NUM_THREADS": "1",
    ]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let code = process.terminationStatus
    return (
      process.terminationReason == .exit ? code : 128 + code, String(decoding: text, as: UTF8.self)
    )
  }
}
