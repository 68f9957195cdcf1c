import Foundation
import Foundations
import Testing

@Suite struct StoreTests {
  /// The object that a readable name leads to, as a path below the test folder.
  private func object(_ space: TestSpace, _ link: String) throws -> String {
    let digest = try Digest.sha256(fileAt: space.path(link))
    return "artifacts/objects/\(digest.prefix(2))/\(digest)"
  }

  private func overwrite(_ space: TestSpace, _ path: String, _ text: String) throws {
    try FileManager.default.removeItem(atPath: space.path(path))
    try space.write(path, text)
  }

  @Test func `a missing object makes its stage run again, and says so`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let object = try object(space, "artifacts/small/train/a-1/model.txt")
    try FileManager.default.removeItem(atPath: space.path(object))
    let outcome = try space.call("run")
    #expect(outcome.code == 0)
    #expect(
      outcome.lines.contains("train[a,1]: runs, output model is missing from the store"))
    #expect(outcome.lines.contains("report: cached"))
    #expect(space.exists(object))
  }

  @Test func `an object of the wrong size makes its stage run again, and says so`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let object = try object(space, "artifacts/small/prepare/table.txt")
    let size = space.read(object).utf8.count
    try overwrite(space, object, "torn")
    #expect(
      try space.call("run").lines.contains(
        "prepare: runs, output table is damaged (4 bytes, expected \(size))"))
  }

  @Test func `an action file that is no record counts as absent`() throws {
    let space = try TestSpace()
    _ = try space.call("run", "--until", "prepare")
    let action = try #require(try space.files("artifacts/actions").first)
    try space.write(action, "{")
    #expect(try space.call("run").lines.contains("prepare: runs, no earlier result"))
  }

  @Test func `verifying finds changed bytes of the same size, and the next run repairs`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    #expect(try space.call("verify").code == 0)
    let object = try object(space, "artifacts/small/train/b-1/model.txt")
    let text = space.read(object)
    try overwrite(space, object, "X" + text.dropFirst())

    let outcome = try space.call("verify")
    #expect(outcome.code == 1)
    let path = object.dropFirst("artifacts/".count)
    let size = outcome.lines.first { $0.hasPrefix("read 6 objects") }
    #expect(size?.hasSuffix(": 1 damaged") == true)
    #expect(
      outcome.lines.first == "\(path) holds other bytes than its name says (train[b,1])")
    #expect(outcome.lines.last == "the next run computes again: train[b,1]")
    #expect(!space.exists(object))
    #expect(try space.files("artifacts/quarantine").count == 1)

    #expect(try space.call("run").code == 0)
    #expect(space.read(object) == text)
    #expect(try space.call("verify").code == 0)
  }

  @Test func `collecting keeps what the last runs need and drops the rest`() throws {
    let space = try TestSpace()
    for rate in ["0.1", "0.2", "0.3"] {
      _ = try space.call("run", "--set", "train.rate=\(rate)", "--set", "models=a")
    }
    let before = try space.files("artifacts/objects")
    let rehearsal = try space.call("gc", "--keep", "1", "--dry-run")
    #expect(rehearsal.output.hasPrefix("would drop 6 objects, 6 results and 2 folders: "))
    #expect(try space.files("artifacts/objects") == before)

    // The answers of language models belong to no run.
    try space.write("artifacts/answers.sqlite", "answers")
    let outcome = try space.call("gc", "--keep", "1")
    #expect(space.read("artifacts/answers.sqlite") == "answers")
    #expect(outcome.output.hasPrefix("dropped 6 objects, 6 results and 2 folders: "))
    #expect(try space.files("artifacts/objects").count == before.count - 6)
    #expect(try space.files("artifacts/actions").count == 4)
    let last = try space.call("run", "--set", "train.rate=0.3", "--set", "models=a")
    #expect(last.lines.contains { $0.hasPrefix("all 4 stages cached (") })
  }

  @Test func `collecting keeps the checkpoints of what failed`() throws {
    let space = try TestSpace()
    try space.hook("train", #"echo saved > "$scratch/checkpoint"; exit 1"#)
    _ = try space.call("run", "--profile", "tiny")
    _ = try space.call("gc")
    #expect(try space.files("artifacts/work").map { space.read($0) } == ["saved\n"])
  }

  @Test func `a torn line of the history is passed over and the next run starts a new one`() throws
  {
    let space = try TestSpace()
    _ = try space.call("run")
    let history = space.read("artifacts/history.jsonl")
    try space.write("artifacts/history.jsonl", history + history.prefix(30))
    _ = try space.call("run")
    let runs = try space.call("history", "--json").lines
    #expect(runs.count == 2)
    #expect(runs.first.map { $0 + "\n" } == history)
    let table = try space.call("history").lines
    #expect(
      table.first?.split(separator: " ").joined(separator: " ")
        == "run profile started time exit cached ran failed stages accepted lists")
    #expect(table.last?.split(separator: " ").suffix(5) == ["0", "6", "0", "0", "6"])
  }
}
