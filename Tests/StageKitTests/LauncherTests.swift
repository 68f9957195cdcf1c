import Artifacts
import Foundation
import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("Launching a stage")
struct LauncherTests {
  private struct Wrong: DataError { var isDataError: Bool }

  private struct Odd: Error, CustomStringConvertible { let description = "something odd" }

  @Test("a stage that writes its outputs ends with 0 and prints what it logged")
  func done() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { context in
        #expect(try context.input("train").int32s("items") == [0])
        #expect(!context.hasInput("features"))
        #expect(try context.inputs("metrics").isEmpty)
        #expect(context.threads == 1 && context.scratch == nil)
        context.log("careful", level: .warning)
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
      #expect(outcome.out == "warning: careful\n")
      #expect(outcome.error == "")
    }
  }

  @Test("an output names its stage and parameters, and holds nothing of paths, clocks or threads")
  func metadata() async throws {
    func write(_ arguments: [String]) async throws -> [UInt8] {
      try await withFolder { folder in
        let outcome = try await launch(in: folder, arguments) { try writeOutputs($0) }
        #expect(outcome.code == .done)
        let path = "\(folder)/model.safetensors.zst"
        let model = try Artifact(contentsOf: path, schema: "backbone-model")
        #expect(model.metadata["stage"] == "probe")
        #expect(model.metadata["parameters"]?.count == 64)
        return try Files.readStored(path)
      }
    }
    let plain = try await write([])
    #expect(try await write(["--threads", "2", "--events", "json"]) == plain)
    #expect(try await write(["--parameters", #"{"learningRate":1e-3}"#]) == plain)
    #expect(try await write(["--parameters", #"{"learningRate":1e-4}"#]) != plain)
  }

  @Test("inputs that may repeat keep the order of the command line")
  func many() async throws {
    try await withFolder { folder in
      var arguments: [String] = []
      for name in ["b=1", "a"] {
        let path = "\(folder)/\(name).safetensors.zst"
        try Artifact(
          schema: "user-metrics", metadata: dataSet.merging(["seed": name]) { $1 }
        ).write(to: path)
        arguments += ["--input", "metrics=\(path)"]
      }
      let outcome = try await launch(in: folder, arguments) { context in
        #expect(try context.inputs("metrics").map { $0.metadata["seed"] } == ["b=1", "a"])
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
    }
  }

  @Test(
    "a bad command line ends with 2 and one line that says what is wrong",
    arguments: [
      (["--input", "train"], "--input: found 'train', expected NAME=PATH"),
      (["--output", "=x"], "--output: found '=x', expected NAME=PATH"),
      (
        ["--input", "feature=x"],
        "--input feature=… is unknown; did you mean 'features'? "
          + "the stage takes train, features, metrics, notes"
      ),
      (
        ["--output", "picture=x"],
        "--output picture=… is unknown; the stage takes model, page"
      ),
      (["--input", "train=x"], "--input train=… is given more than once, expected one path"),
      (["--output", "page=x"], "--output page=… is given more than once, expected one path"),
      (["--threads", "0"], "--threads: found 0, expected at least 1"),
      (
        ["--parameters", #"{"epochs":"x"}"#],
        "parameter 'epochs': found \"x\", expected a whole number at least 1, at most 1000"
      ),
    ])
  func usage(arguments: [String], message: String) async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, arguments) { _ in Issue.record("the stage ran") }
      #expect(outcome.code == .usage)
      #expect(outcome.error == "stage-probe: error: \(message)\n")
      #expect(outcome.out == "")
    }
  }

  @Test("a missing input or output ends with 2 and says what it is for")
  func missing() async {
    let console = FakeConsole()
    let launcher = Launcher<Probe>(console: console.console(columns: nil))
    #expect(await launcher.run([]) == .usage)
    #expect(await launcher.run(["--input", "train=x", "--output", "model=y"]) == .usage)
    #expect(
      console.error == """
        stage-probe: error: --input train=PATH is missing: training interactions
        stage-probe: error: --output page=PATH is missing: a page to read

        """)
  }

  @Test("an unknown option ends with 2 and a suggestion")
  func unknownOption() async {
    let console = FakeConsole()
    let launcher = Launcher<Probe>(console: console.console(columns: nil))
    #expect(await launcher.run(["--thread", "2"]) == .usage)
    #expect(console.error.hasPrefix("Error: Unknown option '--thread'. Did you mean '--threads'?"))
  }

  @Test("an input file that is not there ends with 65 before the stage runs")
  func absentInput() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, ["--input", "features=\(folder)/none"]) { _ in
        Issue.record("the stage ran")
      }
      #expect(outcome.code == .badData)
      #expect(
        outcome.error == "stage-probe: error: cannot read \(folder)/none: there is no such file or "
          + "folder; check the path\n")
    }
  }

  @Test("an input of another schema ends with 65")
  func wrongSchema() async throws {
    try await withFolder { folder in
      let path = "\(folder)/train.safetensors.zst"
      try Artifact(schema: "targets").write(to: path)
      let outcome = try await launch(in: folder) { _ = try $0.input("train") }
      #expect(outcome.code == .badData)
      #expect(outcome.error.contains("found schema 'targets', expected 'interactions'"))
    }
  }

  @Test("a damaged input ends with 65")
  func damaged() async throws {
    try await withFolder { folder in
      try Files.writeAtomically("not zstd", to: "\(folder)/train.safetensors.zst")
      let outcome = try await launch(in: folder) { _ = try $0.input("train") }
      #expect(outcome.code == .badData)
    }
  }

  @Test("an output that is not finite, or cannot be written, ends with 1")
  func badOutput() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { try writeOutputs($0, weights: [.nan]) }
      #expect(outcome.code == .failed)
      #expect(outcome.error.contains("output model: "))
      let allowed = try await launch(in: folder) { context in
        var results = Artifact(schema: "backbone-model")
        results.set("missing", floats: [.nan])
        try context.write(results, to: "model", allowingNonFinite: true)
        throw StageFailure("after writing")
      }
      #expect(allowed.error == "stage-probe: error: after writing\n")
      try FileManager.default.removeItem(atPath: "\(folder)/model.safetensors.zst")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/model.safetensors.zst", withIntermediateDirectories: false)
      let unwritable = try await launch(in: folder) { try writeOutputs($0) }
      #expect(unwritable.code == .failed)
    }
  }

  @Test("a stage that forgets an output ends with 1")
  func forgotten() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { _ in }
      #expect(outcome.code == .failed)
      #expect(
        outcome.error == "stage-probe: error: the stage ended without writing its output model\n")
    }
  }

  @Test("an error decides the exit code if it knows one, else it is 1")
  func codes() async throws {
    try await withFolder { folder in
      let odd = try await launch(in: folder) { _ in throw Odd() }
      #expect(odd.code == .failed)
      let bad = try await launch(in: folder) { _ in
        throw StageFailure("too few", exitCode: .badData)
      }
      #expect(bad.code == .badData)
      #expect(bad.error == "stage-probe: error: too few\n")
      let data = try await launch(in: folder) { _ in throw Wrong(isDataError: true) }
      #expect(data.code == .badData)
      let request = try await launch(in: folder) { _ in throw Wrong(isDataError: false) }
      #expect(request.code == .usage)
    }
  }

  @Test("a signal ends with 143 or 130", arguments: [(SIGTERM, 143), (SIGINT, 130)])
  func signals(signal: Int32, code: Int) async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, signal: { signal }) { try $0.checkInterrupted() }
      #expect(outcome.code.rawValue == Int32(code))
      let name = signal == SIGTERM ? "SIGTERM" : "SIGINT"
      #expect(
        outcome.error == "stage-probe: stopped by \(name); a run with --scratch goes on from here "
          + "when it is called again\n")
    }
  }

  @Test("the scratch folder is made with those above it, and names cannot leave it")
  func scratch() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, ["--scratch", "\(folder)/a/b"]) { context in
        let scratch = try #require(context.scratch)
        #expect(scratch.path == "\(folder)/a/b")
        #expect(scratch.path(of: "../x y_é-1.0") == "\(folder)/a/b/.._2fx_20y_5f_c3_a9-1.0")
        try Files.writeAtomically("x", to: scratch.path(of: "../x"))
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
    }
  }
}
