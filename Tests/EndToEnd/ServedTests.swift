import Foundation
import TestSupport
import Testing

/// A model behind an OpenAI-compatible server in every stage.
@Suite(.serialized) struct ServedTests {
  private static func arguments(_ server: FaultyServer) -> [String] {
    [
      "run", "--profile", "demo", "--llm", "served", "--set", "llm.url=\(server.url)", "--set",
      "llm.model=tiny", "--set", "llm.attempts=1", "--set", "backbones=mf,deepfm", "--set",
      "preprocess.demoUsers=20", "--set", "preprocess.demoItems=40", "--set",
      "preprocess.demoInteractions=300", "--set", "train-backbone.epochs=3", "--set",
      "retrain-augmented.epochs=3", "--jobs", "1",
    ]
  }

  @Test func `a server that goes away ends the run with 75, and the next run asks the rest`() throws
  {
    let space = try Workspace()
    let server = try FaultyServer(
      [String](repeating: "answered", count: 60) + [String](repeating: "503", count: 3))
    let first = try space.call(Self.arguments(server))
    #expect(first.code == 75, "\(first.output)")
    #expect(first.output.contains("HTTP 503"))
    let answered = server.answered.count
    // What is left of the faults.
    var last = first
    for _ in 0..<10 where last.code == 75 { last = try space.call(Self.arguments(server)) }
    #expect(last.code == 0, "\(last.output)")
    #expect(answered > 40 && server.answered.count > answered)
    // At most the questions under way when the server went away are asked once more: eight requests at a time.
    let repeats = server.answered.count - Set(server.answered).count
    #expect(repeats <= 8 * 20, "\(repeats)")
    #expect(try space.call(["answers", "stats"]).output.contains("the database is sound"))

    let results = try space.call(["results", "--all", "--profile", "demo", "--format", "csv"])
      .output
    #expect(results.contains("served") && results.contains("llama4rec"))
    #expect(!results.contains("language-model-alone,NDCG"))
    // Another day: nothing is asked.
    let before = server.answered.count
    let again = try space.call(Self.arguments(server) + ["--force", "score-prompts"])
    #expect(again.code == 0 && server.answered.count == before)
  }

  @Test func `the key is in no artifact, log or message`() throws {
    let space = try Workspace()
    let server = try FaultyServer("401")
    setenv("LLAMA4REC_TEST_KEY", "the-secret-key", 1)
    defer { unsetenv("LLAMA4REC_TEST_KEY") }
    let limits = ["--set", "llm.keyVariable=LLAMA4REC_TEST_KEY", "--until", "open-llm"]
    let refused = try space.call(Self.arguments(server) + limits)
    #expect(refused.code == 1 && refused.output.contains("HTTP 401"), "\(refused.output)")
    #expect(try space.call(Self.arguments(server) + limits).code == 0)
    #expect(server.requests.count >= 2)
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: space.folder.appending(path: "artifacts").path)
    for file in files {
      let bytes = space.bytes("artifacts/\(file)")
      #expect(bytes.range(of: Data("the-secret-key".utf8)) == nil, "\(file)")
    }
    #expect(!(refused.output + refused.errors).contains("the-secret-key"))

    let without = try space.call(
      Self.arguments(server) + ["--set", "llm.keyVariable=LLAMA4REC_OTHER", "--until", "open-llm"])
    #expect(without.output.contains("found no environment variable LLAMA4REC_OTHER"))
  }
}
