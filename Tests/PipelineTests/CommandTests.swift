import Artifacts
import Foundation
import Testing

@Suite struct CommandTests {
  @Test func `results before the first run are an error that says what to do`() throws {
    let space = try TestSpace()
    let outcome = try space.call("results")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors
        == "llama4rec: artifacts: no run so far; expected at least one; "
        + "start it with make run\n")
    _ = try space.call("run", "--profile", "tiny")
    #expect(
      try space.call("results").errors
        == "llama4rec: artifacts/tiny/report/results.safetensors.zst: "
        + "no results of profile tiny; expected a finished run; "
        + "start it with make run PROFILE=tiny\n")
  }

  @Test func `artifacts can be inspected and exported`() throws {
    let space = try TestSpace()
    var artifact = Artifact(schema: "pairs", metadata: ["stage": "prepare"])
    artifact.set("name", text: ["a", "b,c"])
    artifact.set("value", int32s: [1, 2])
    try artifact.write(to: space.path("pairs.safetensors.zst"))

    let text = try space.call("inspect", "pairs.safetensors.zst")
    #expect(text.code == 0)
    #expect(text.output.hasPrefix("schema pairs 1\nstage = prepare\n"))
    let json = try space.call("inspect", "pairs.safetensors.zst", "--json")
    #expect(json.output.contains("\"schema\" : \"pairs\""))
    let rows = try space.call("export", "pairs.safetensors.zst", "--format", "csv")
    #expect(rows.output == "name,value\na,1\n\"b,c\",2\n")
    let lines = try space.call("export", "pairs.safetensors.zst", "--format", "jsonl")
    #expect(lines.output == "{\"name\":\"a\",\"value\":1}\n{\"name\":\"b,c\",\"value\":2}\n")
  }

  @Test func `a missing file is bad usage, a damaged one is bad data`() throws {
    let space = try TestSpace()
    #expect(try space.call("inspect", "nothing.safetensors.zst").code == 2)
    try space.write("torn.safetensors.zst", "no artifact")
    #expect(try space.call("inspect", "torn.safetensors.zst").code == 65)
  }

  @Test func `the state as JSON names every instance with its state and reason`() throws {
    struct Status: Decodable {
      struct Stage: Decodable, Equatable {
        var instance: String
        var state: String
        var reason: String
      }
      var profile: String
      var stages: [Stage]
    }
    let space = try TestSpace()
    _ = try space.call("run", "--profile", "tiny")
    let outcome = try space.call(
      "status", "--json", "--profile", "tiny", "--set", "train.rate=0.25")
    let status = try JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8))
    #expect(status.profile == "tiny")
    #expect(
      status.stages == [
        .init(instance: "prepare", state: "cached", reason: "cached"),
        .init(
          instance: "train[a,1]", state: "stale",
          reason: "runs, parameter rate changed 0.001 → 0.25"),
        .init(instance: "report", state: "waiting", reason: "may run, after train[a,1]"),
      ])
  }

  @Test func `the printed schedule names this folder`() throws {
    let space = try TestSpace()
    let outcome = try space.call("schedule", "--at", "4:05")
    #expect(outcome.output.contains("\n5 4 * * * cd '"))
    #expect(outcome.output.contains("OnCalendar=*-*-* 04:05:00"))
    #expect(try space.call("schedule", "--at", "25:00").code == 2)
  }

  @Test func `looking at a store that is not there says so and makes none`() throws {
    let space = try TestSpace()
    for command in ["status", "history", "gc", "verify", "results"] {
      let outcome = try space.call(command, "--artifacts", "elsewhere")
      #expect(outcome.code == 2, "\(command)")
      #expect(outcome.errors.contains("elsewhere: no run so far"), "\(command)")
      #expect(!space.exists("elsewhere"), "\(command)")
    }
  }

  @Test func `output that cannot be written is an error`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    for command in ["graph", "status", "history", "verify", "schedule", "explain prepare"] {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "bin/llama4rec \(command) > /dev/full 2> full.err"]
      process.currentDirectoryURL = space.folder
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 1, "\(command)")
      #expect(space.read("full.err").contains("cannot write standard output"), "\(command)")
    }
  }

  @Test func `a store that cannot be made is an error in a sentence`() throws {
    let space = try TestSpace()
    try space.write("file", "")
    for path in ["file", "file/store", "/proc/store"] {
      let outcome = try space.call("run", "--artifacts", path)
      #expect(outcome.code == 1 || outcome.code == 2, "\(path)")
      #expect(outcome.errors.hasPrefix("llama4rec: cannot "), "\(outcome.errors)")
      #expect(!outcome.errors.contains("Domain"), "\(path)")
    }
  }
}
