import Foundation
import Pipeline
import Testing

/// The budgets that a run holds its stages to.
@Suite struct BudgetTests {
  private typealias Script = RecordedExecutor.Script

  /// The test pipeline with lines added to its stage `train`, and the line of the first of them.
  private static func pipeline(_ lines: String...) -> String {
    TestSpace.pipeline.replacing(
      "  train:\n", with: "  train:\n" + lines.map { "    \($0)\n" }.joined())
  }

  private func space(_ lines: String...) throws -> RecordedSpace {
    let added = lines.map { "    \($0)\n" }.joined()
    return try RecordedSpace(
      pipeline: TestSpace.pipeline.replacing("  train:\n", with: "  train:\n" + added))
  }

  @Test func `without a budget nothing is limited`() throws {
    let space = try RecordedSpace()
    space.executor.play(
      "train", Script(seconds: 1e6, events: [(1, .memory(1 << 40))], secondsToStop: nil))
    #expect(try space.run("tiny").code == 0)
    #expect(space.executor.requests.allSatisfy { $0.resources == JobResources() })
  }

  @Test func `a budget is part of the request and not of the cache key`() throws {
    let space = try space("resources: {threads: 4, memory: 2GiB, time: 90m}")
    #expect(try space.run("tiny").code == 0)
    let requests = space.executor.requests
    #expect(
      requests.map(\.resources) == [
        JobResources(), JobResources(threads: 4, memory: 2 << 30, seconds: 5400), JobResources(),
      ])
    try space.write("pipeline.yaml", TestSpace.pipeline)
    #expect(try space.run("tiny").lines.contains { $0.hasPrefix("all 3 stages cached") })
  }

  @Test func `a stage over its memory is stopped and not tried again`() throws {
    let space = try space("resources: {memory: 512MiB}", "retries: 3")
    space.executor.play(
      "train",
      Script(seconds: 100, events: [(1, .memory(536_870_912)), (2, .memory(600 << 20))]))
    let outcome = try space.run("tiny")
    #expect(outcome.code == 1)
    #expect(outcome.seconds == 3.5)
    #expect(
      outcome.lines.contains(
        "train[a,1]: failed (exit code 143): holds 600.0 MiB of memory, over its budget of 512MiB; "
          + "raise or drop stages.train.resources.memory (\(space.path("pipeline.yaml")):11:25)"))
    #expect(
      space.executor.calls.suffix(2) == [.start("train[a,1]"), .stop("train[a,1]", SIGTERM)])
  }

  @Test func `a stage over its time is asked to end, and killed if it does not`() throws {
    let space = try space("resources: {time: 1h}")
    space.executor.play("train", Script(seconds: 1e6, secondsToStop: nil))
    let outcome = try space.run("tiny") { $0.graceSeconds = 5 }
    #expect(outcome.code == 1)
    #expect(outcome.seconds == 1 + 3600 + 5)
    #expect(
      outcome.lines.contains {
        $0.hasPrefix(
          "train[a,1]: failed (exit code 137): has run 1:00:00, over its budget of 1h; "
            + "raise or drop stages.train.resources.time (")
      })
  }

  @Test func `a stage that says nothing for too long is stuck; one that speaks is not`() throws {
    let space = try space("timeout: 60s")
    let sign = JobEvent.line(#"{"event":"progress","done":1,"total":9,"unit":"epoch"}"#)
    space.executor.play(
      "train", Script(seconds: 170, events: [(50, sign), (109, sign)], secondsToStop: 0))
    let outcome = try space.run("tiny")
    #expect(outcome.code == 1)
    #expect(outcome.seconds == 170)
    #expect(
      outcome.lines.contains {
        $0.contains(
          "has said nothing for 1:00, over its budget of 60s; raise or drop stages.train.timeout (")
      })
    space.executor.play("train", Script(seconds: 160, events: [(50, sign), (109, sign)]))
    #expect(try space.run("tiny").code == 0)
  }

  @Test func `a failed stage is tried again, each time after a longer pause`() throws {
    let space = try space("retries: 2")
    let failing = Script(end: .exited(1))
    space.executor.play("train", failing, failing, Script())
    let outcome = try space.run("tiny")
    #expect(outcome.code == 0)
    // Three attempts of a second, pauses of two and four.
    #expect(outcome.seconds == 1 + 1 + 2 + 1 + 4 + 1 + 1)
    #expect(
      outcome.lines.filter { $0.contains("tries again") } == [
        "train[a,1]: failed (exit code 1): it gave no reason; the log may; tries again in 2.0 s "
          + "(retry 1 of 2)",
        "train[a,1]: failed (exit code 1): it gave no reason; the log may; tries again in 4.0 s "
          + "(retry 2 of 2)",
      ])
    space.executor.play("train", failing)
    #expect(try space.run("tiny", set: ["train.rate=0.5"]).code == 1)
    #expect(space.executor.calls.count { $0 == .start("train[a,1]") } == 6)
  }

  @Test(arguments: [2, 65])
  func `what the user has to correct is not tried again`(code: Int32) throws {
    let space = try space("retries: 2")
    space.executor.play("train", Script(end: .exited(code)))
    _ = try space.run("tiny")
    #expect(space.executor.calls.count { $0 == .start("train[a,1]") } == 1)
  }

  @Test func `a signal between two attempts ends the run at once`() throws {
    let space = try space("retries: 5")
    space.executor.play("train", Script(end: .exited(1)))
    space.time.signal(SIGTERM, after: 3)
    let outcome = try space.run("tiny")
    #expect(outcome.code == 143)
    #expect(outcome.seconds == 3)
    #expect(
      outcome.lines.contains("train[a,1]: interrupted, can go on from its last checkpoint"))
  }

  @Test(arguments: [
    ("resources: {memory: 4 gigs}", ":11:25: stages.train.resources.memory: ", "4 gigs"),
    ("resources: {memory: 512}", ":11:25: stages.train.resources.memory: ", "512"),
    ("resources: {memory: -1GiB}", ":11:25: stages.train.resources.memory: ", "-1GiB"),
    ("resources: {time: soon}", ":11:23: stages.train.resources.time: ", "soon"),
    ("resources: {threads: 0}", ":11:26: stages.train.resources.threads: ", "0"),
    ("resources: {memroy: 1GiB}", ":11:17: stages.train.resources: ", "memroy"),
    ("retries: -1", ":11:14: stages.train.retries: ", "-1"),
    ("timeout: 0s", ":11:14: stages.train.timeout: ", "0s"),
  ])
  func `a budget that cannot be read is named with its place`(
    line: String, place: String, found: String
  ) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(Self.pipeline(line), file: "p.yaml")
    }
    let text = try #require(error?.description)
    #expect(text.contains("\"\(found)\""))
    #expect(text.hasPrefix("p.yaml" + place))
    #expect(text.contains("; expected "))
  }

  @Test func `a real process that grows beyond its memory is stopped`() throws {
    let space = try TestSpace(pipeline: Self.pipeline("resources: {memory: 40MiB}"))
    try space.hook("train", "grown=$(head -c 80000000 /dev/zero | tr '\\0' a); sleep 60")
    let outcome = try space.call("run", "--profile", "tiny", "--grace", "0.5")
    #expect(outcome.code == 1)
    #expect(
      outcome.lines.contains {
        $0.hasPrefix("train[a,1]: failed") && $0.contains(" of memory, over its budget of 40MiB; ")
      })
  }
}
