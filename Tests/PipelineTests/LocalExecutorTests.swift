import Foundation
import Pipeline
import Synchronization
import Testing

/// Real processes; what a run makes of jobs is tested on a recorded executor.
@Suite struct LocalExecutorTests {
  /// A job of `/bin/sh` whose events can be looked at while it runs.
  private final class Job: Sendable {
    let events = Mutex<[JobEvent]>([])

    func start(
      _ script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"],
      memory: Int? = nil, on executor: LocalExecutor
    ) throws -> JobID {
      try executor.start(
        JobRequest(
          name: "test", executable: "/bin/sh", arguments: ["-c", script],
          environment: environment, resources: JobResources(memory: memory))
      ) { event in self.events.withLock { $0.append(event) } }
    }

    var lines: [String] {
      events.withLock { $0 }.compactMap { if case .line(let line) = $0 { line } else { nil } }
    }

    var report: JobReport? {
      events.withLock { $0 }.lazy.compactMap {
        if case .ended(let report) = $0 { report } else { nil }
      }.first
    }

    func wait(for line: String) throws {
      try TestSpace.wait("the line \(line)") { lines.contains(line) }
    }

    func end() throws -> JobReport {
      try TestSpace.wait("the end of the job") { report != nil }
      return try #require(report)
    }
  }

  @Test func `a job tells that it started, its lines, and its end, in this order`() throws {
    let job = Job()
    _ = try job.start(#"echo one; printf "two\nunended"; exit 3"#, on: LocalExecutor())
    #expect(try job.end().end == .exited(3))
    let events = job.events.withLock { $0 }
    #expect(
      events.dropLast() == [.started, .line("one"), .line("two"), .line("unended")])
  }

  @Test func `a job sees the variables of its request and no others`() throws {
    let job = Job()
    _ = try job.start(
      "/usr/bin/env | /usr/bin/sort", environment: ["ONE": "1", "TWO": "a b"], on: LocalExecutor())
    _ = try job.end()
    #expect(
      job.lines.filter { !$0.hasPrefix("PWD=") && !$0.hasPrefix("_=") } == ["ONE=1", "TWO=a b"])
  }

  @Test func `a signal reaches all that a job started; what ignores it can be killed`() throws {
    let executor = LocalExecutor()
    let obedient = Job()
    let first = try obedient.start(
      "sh -c 'trap \"exit 7\" TERM; echo ready; while :; do sleep 0.02; done'; exit $?",
      on: executor)
    try obedient.wait(for: "ready")
    executor.stop(first, signal: SIGTERM)
    #expect(try obedient.end().end == .killed(signal: SIGTERM))

    let stubborn = Job()
    let second = try stubborn.start(
      "trap '' TERM; echo ready; while :; do sleep 0.02; done", on: executor)
    try stubborn.wait(for: "ready")
    executor.stop(second, signal: SIGTERM)
    usleep(100_000)
    #expect(stubborn.report == nil)
    executor.kill(second)
    #expect(try stubborn.end().end == .killed(signal: SIGKILL))
    // Of a job that has ended nothing is left to reach.
    executor.stop(second, signal: SIGTERM)
    executor.kill(second)
  }

  @Test func `a job ends though something that it left behind holds its output`() throws {
    let job = Job()
    _ = try job.start("setsid sleep 1000 & echo $!", on: LocalExecutor())
    #expect(try job.end().end == .exited(0))
    kill(try #require(job.lines.first.flatMap { pid_t($0) }), SIGKILL)
  }

  @Test func `a job of another executor is not followed but can be killed by its id`() throws {
    let job = Job()
    let id = try job.start("echo ready; sleep 1000", on: LocalExecutor())
    try job.wait(for: "ready")
    let text = try JSONEncoder().encode(id)
    let recalled = try JSONDecoder().decode(JobID.self, from: text)
    let later = LocalExecutor()
    #expect(!later.follow(recalled) { _ in })
    later.kill(recalled)
    #expect(try job.end().end == .killed(signal: SIGKILL))
    // The number alone, which another process may have by then, is not enough.
    later.kill(JobID("\(getpid()):1"))
  }

  @Test func `the memory of a job with a limit is measured, with that of what it started`() throws {
    let job = Job()
    _ = try job.start(
      "x=$(head -c 60000000 /dev/zero | tr '\\0' a); echo full; sleep 1", memory: 1,
      on: LocalExecutor())
    _ = try job.end()
    let most = job.events.withLock { $0 }.compactMap {
      if case .memory(let bytes) = $0 { bytes } else { nil }
    }.max()
    #expect(try #require(most) > 60_000_000)
  }

  @Test func `what cannot be started is an error that says what to do`() {
    #expect(
      throws: ExecutionError(
        executable: "/nowhere/stage", reason: "No such file or directory; build it with make build")
    ) {
      try LocalExecutor().start(
        JobRequest(name: "test", executable: "/nowhere/stage", arguments: [])
      ) { _ in }
    }
  }
}
