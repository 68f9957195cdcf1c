import Foundation
import Foundations
import Pipeline
import Testing

/// How a run goes about its stages, on a recorded executor.
@Suite struct RunnerTests {
  private typealias Script = RecordedExecutor.Script

  private static let badData = Script(
    events: [
      (0.5, .line(#"{"event":"error","message":"ratings.dat:3: found 7, expected 1 to 5"}"#))
    ], end: .exited(65))

  // MARK: Side by side

  @Test(arguments: [(1, 6.0), (2, 4.0), (4, 3.0)])
  func `as many stages run side by side as there are jobs`(jobs: Int, seconds: Double) throws {
    let space = try RecordedSpace()
    let outcome = try space.run { $0.jobs = jobs }
    #expect(outcome.code == 0)
    #expect(outcome.seconds == seconds)
    #expect(space.executor.calls.first == .start("prepare"))
    #expect(space.executor.calls.last == .start("report"))
  }

  @Test func `a request names command, threads, log and no variable that is not to pass`() throws {
    let space = try RecordedSpace()
    _ = try space.run("tiny") { $0.threads = 3 }
    let request = try #require(space.executor.requests.last)
    #expect(request.name == "report")
    #expect(request.executable == space.path("bin/stage-report"))
    #expect(request.resources == JobResources(threads: 3))
    #expect(request.errorLog?.hasSuffix("/report.log") == true)
    let passed = JobEnvironment.passing([
      "PATH": "/bin", "LC_ALL": "C", "OPENBLAS_CORETYPE": "Haswell", "LLAMA4REC_KEY": "k",
      "AWS_SECRET_ACCESS_KEY": "s", "CALL": "1", "PATHS": "no",
    ])
    #expect(
      passed == [
        "PATH": "/bin", "LC_ALL": "C", "OPENBLAS_CORETYPE": "Haswell", "LLAMA4REC_KEY": "k",
        "OPENBLAS_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no",
      ])
  }

  @Test func `history and usage carry the times of the clock`() throws {
    let space = try RecordedSpace()
    _ = try space.run("tiny")
    let run = try #require(History(space.store).runs().first)
    #expect(run.started == Date(timeIntervalSince1970: 1_767_225_600))
    #expect(run.ended.timeIntervalSince(run.started) == 3)
    let usage = try #require(run.keys["report"].flatMap(space.record)).usage
    #expect(usage.seconds == 1)
    #expect(usage.started.timeIntervalSince(run.started) == 2)
  }

  // MARK: Failures

  @Test func `after a failure running stages finish and nothing new starts`() throws {
    let space = try RecordedSpace()
    space.executor.play("train[a,1]", Self.badData)
    space.executor.play("train[a,2]", Script(seconds: 5))
    let outcome = try space.run()
    #expect(outcome.code == 65)
    #expect(outcome.seconds == 6)
    #expect(
      outcome.lines.contains(
        "train[a,1]: failed (exit code 65): ratings.dat:3: found 7, expected 1 to 5"))
    #expect(outcome.lines.last == "6 stages: 2 ran, 1 failed, 1 skipped, 2 not started (6.0 s)")
    #expect(space.executor.calls.count == 3)
  }

  @Test func `keeping going runs all that does not depend on the failure`() throws {
    let space = try RecordedSpace()
    space.executor.play("train[a,1]", Script(end: .exited(1)))
    let outcome = try space.run {
      $0.jobs = 1
      $0.keepsGoing = true
    }
    #expect(outcome.code == 1)
    #expect(outcome.lines.last == "6 stages: 4 ran, 1 failed, 1 skipped (5.0 s)")
  }

  @Test(arguments: [
    (Script(writes: false), "failed: ended without writing its output table"),
    (
      Script(end: .killed(signal: 9)),
      "failed (exit code 137): killed by signal 9"
    ),
    (Script(end: .lost("its node is gone")), "failed: its node is gone"),
    (
      Script(startError: "the system gives no thread for it"),
      "failed: cannot start EXECUTABLE: the system gives no thread for it"
    ),
  ])
  private func `a stage that comes to no good end has failed, and says how`(
    script: Script, message: String
  ) throws {
    let space = try RecordedSpace()
    space.executor.play("prepare", script)
    let outcome = try space.run()
    #expect(outcome.code == 1)
    let expected = message.replacing("EXECUTABLE", with: space.path("bin/stage-prepare"))
    #expect(outcome.lines.contains("prepare: \(expected)"))
    // The next run starts it again.
    space.executor.play("prepare", Script())
    #expect(try space.run().code == 0)
  }

  // MARK: Signals

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal is passed on and the run ends with its stages`(signal: Int32) throws {
    let space = try RecordedSpace()
    space.executor.play("train", Script(seconds: 100))
    space.time.signal(signal, after: 10)
    let outcome = try space.run()
    #expect(outcome.code == 128 + signal)
    #expect(outcome.seconds == 10.5)
    #expect(
      outcome.lines.contains("train[a,2]: interrupted, can go on from its last checkpoint"))
    #expect(outcome.lines.last == "6 stages: 1 ran, 2 interrupted, 1 skipped, 2 not started (11 s)")
    #expect(
      Set(space.executor.calls.dropFirst(3).map(\.description)) == [
        "stop train[a,1] \(signal)", "stop train[a,2] \(signal)",
      ])
  }

  @Test func `a stage that ignores the signal is killed when its time is over`() throws {
    let space = try RecordedSpace()
    space.executor.play("train", Script(seconds: 1000, secondsToStop: nil))
    space.time.signal(SIGTERM, after: 10)
    let outcome = try space.run("tiny") { $0.graceSeconds = 7 }
    #expect(outcome.code == 143)
    #expect(outcome.seconds == 17)
    #expect(
      space.executor.calls.suffix(2) == [.stop("train[a,1]", SIGTERM), .kill("train[a,1]")])
  }

  @Test func `a second signal kills at once`() throws {
    let space = try RecordedSpace()
    space.executor.play("train", Script(seconds: 1000, secondsToStop: nil))
    space.time.signal(SIGINT, after: 10)
    space.time.signal(SIGINT, after: 11)
    let outcome = try space.run("tiny") { $0.graceSeconds = 100 }
    #expect(outcome.code == 130)
    #expect(outcome.seconds == 11)
  }

  @Test func `a signal ends a run in which a stage could not be started`() throws {
    let space = try RecordedSpace()
    space.executor.play("train[a,1]", Script(startError: "no thread"))
    space.executor.play("train[a,2]", Script(seconds: 1000, secondsToStop: nil))
    space.time.signal(SIGTERM, after: 10)
    let outcome = try space.run()
    #expect(outcome.code == 143)
    #expect(outcome.seconds == 20)
  }

  // MARK: Jobs of a dead run

  /// A store as a run leaves it that died while `train` ran, and the request of that job.
  private func dead(_ job: JobID) throws -> (RecordedSpace, JobRequest) {
    let space = try RecordedSpace()
    _ = try space.run("tiny")
    let request = try #require(space.executor.requests.first { $0.name == "train[a,1]" })
    try space.change("tiny") { journal in
      for name in ["train[a,1]", "report"] {
        let key = journal.entries[name]?.key ?? ""
        try FileManager.default.removeItem(atPath: space.path("artifacts/actions/\(key).json"))
      }
      journal.entries["train[a,1]"]?.state = .running
      journal.entries["train[a,1]"]?.job = job
    }
    let folder = try #require(request.arguments.first { $0.hasPrefix("model=") }).dropFirst(6)
    try Files.makeFolder(URL(filePath: String(folder)).deletingLastPathComponent().path)
    return (space, request)
  }

  @Test func `a job that still runs after its run died is followed, not started again`() throws {
    let job = JobID("cluster 7")
    let (space, request) = try dead(job)
    space.executor.leave(job, of: request, Script(seconds: 4))
    let before = space.executor.calls.count
    let outcome = try space.run("tiny")
    #expect(outcome.code == 0)
    #expect(
      space.executor.calls.dropFirst(before) == [.follow("train[a,1]"), .start("report")])
  }

  @Test func `a job that is left behind ends before one with another key starts`() throws {
    let job = JobID("cluster 7")
    let (space, request) = try dead(job)
    space.executor.leave(job, of: request, Script(seconds: 4))
    let before = space.executor.calls.count
    let outcome = try space.run("tiny", set: ["train.rate=0.5"])
    #expect(outcome.code == 0)
    #expect(
      space.executor.calls.dropFirst(before) == [
        .kill("a job of an earlier run"), .start("train[a,1]"), .start("report"),
      ])
  }
}
