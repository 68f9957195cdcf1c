import Foundation
import Foundations
import Pipeline
import Testing

@Suite struct AcceptanceTests {
  /// A space whose pipeline ran, and then the code of these stages changed.
  private func space(changed stages: String...) throws -> RecordedSpace {
    let space = try RecordedSpace()
    #expect(try space.run("tiny").code == 0)
    for stage in stages { try space.write("bin/stage-\(stage)", "other code of \(stage)") }
    return space
  }

  private func accept(
    _ names: [String], in space: RecordedSpace, set assignments: [String] = []
  ) throws -> String {
    let acceptance = try Acceptance(
      space.project("tiny", set: assignments), names: names)
    try acceptance.perform(clock: space.time)
    return acceptance.text
  }

  @Test func `what was accepted is cached, and what reads from it`() throws {
    let space = try space(changed: "prepare", "train")
    let objects = try FileManager.default.subpathsOfDirectory(
      atPath: space.path("artifacts/objects"))
    #expect(
      try accept(["train", "prepare"], in: space) == """
        prepare: accepted, although its code changed
        train[a,1]: accepted, although its code changed
        2 accepted
        """)
    #expect(try space.run("tiny").lines.contains { $0.hasPrefix("all 3 stages cached") })
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: space.path("artifacts/objects"))
        == objects)
    #expect(try accept(["train"], in: space) == "train[a,1]: cached\n0 accepted")
  }

  @Test func `history and explain show it, and it is no run`() throws {
    let space = try space(changed: "train")
    let before = try #require(History(space.store).runs().first)
    _ = try accept(["train[a,1]"], in: space)
    let history = History(space.store)
    #expect(history.runs() == [before])
    #expect(history.records().last?.accepted == ["train[a,1]"])
    #expect(history.text().split(separator: "\n").last?.hasSuffix("  train[a,1]") == true)
    #expect(try history.jsonLines().contains(#""accepted":["train[a,1]"]"#))
    let origin = try #require(before.keys["train[a,1]"])
    let explained = try StatusReport(space.project("tiny")).explain("train")
    #expect(explained.contains("accepted: computed by other code, under key \(origin)"))
    // Accepted once more, it still names the code that computed it.
    try space.write("bin/stage-train", "yet other code")
    _ = try accept(["train"], in: space)
    #expect(
      try StatusReport(space.project("tiny")).explain("train").contains("under key \(origin)"))
  }

  @Test func `a failed run before it stays the last run`() throws {
    let space = try space(changed: "train")
    space.executor.play("train", RecordedExecutor.Script(end: .exited(1)))
    #expect(try space.run("tiny").code == 1)
    _ = try accept(["train"], in: space)
    #expect(History(space.store).warning(ofProfile: "tiny") != nil)
  }

  @Test func `collecting garbage keeps what was accepted`() throws {
    let space = try space(changed: "train")
    _ = try accept(["train"], in: space)
    _ = try Collector(space.store).collect(keeping: 1, isRehearsal: false)
    #expect(try space.run("tiny").lines.contains { $0.hasPrefix("all 3 stages cached") })
  }

  @Test(arguments: [
    (["report"], [], "accept: report: train[a,1] has no result that is up to date; expected one;"),
    (["train"], ["train.rate=0.5"], "accept: train[a,1]: the stage's code changed; parameter rate"),
    (["trian"], [], "accept: unknown stage \"trian\""),
  ])
  func `more than a change of code is refused, and nothing is changed`(
    names: [String], assignments: [String], message: String
  ) throws {
    let space = try space(changed: "train")
    let journal = space.store.journal("tiny")
    let error = #expect(throws: ConfigurationError.self) {
      try accept(names, in: space, set: assignments)
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    #expect(space.store.journal("tiny") == journal)
    #expect(History(space.store).records().count == 1)
  }

  @Test func `without an earlier result, or with a damaged one, there is nothing to accept`() throws
  {
    let fresh = try RecordedSpace()
    let none = #expect(throws: ConfigurationError.self) { try accept(["prepare"], in: fresh) }
    #expect(none?.description == "accept: prepare: no earlier result; expected one; run it")
    let space = try space(changed: "train")
    let key = try #require(space.store.journal("tiny").entries["train[a,1]"]?.finishedKey)
    let digest = try #require(space.record(key)?.outputs.first?.digest)
    try FileManager.default.removeItem(atPath: space.store.objectPath(digest))
    let damaged = #expect(throws: ConfigurationError.self) { try accept(["train"], in: space) }
    #expect(damaged?.description.contains("output model is missing from the store") == true)
  }

  @Test func `the command accepts under the lock of the store`() throws {
    let space = try TestSpace()
    _ = try space.call("run", "--profile", "tiny")
    let script = space.read("bin/stage-train")
    try space.write("bin/stage-train", script + "\n# changed\n")
    let outcome = try space.call("accept", "train", "--profile", "tiny")
    #expect(outcome.code == 0)
    #expect(outcome.output.hasSuffix("1 accepted\n"))
    let next = try space.call("run", "--profile", "tiny")
    #expect(next.lines.contains { $0.hasPrefix("all 3 stages cached") })
    #expect(try space.call("accept", "report", "trian", "--profile", "tiny").code == 2)
  }
}
