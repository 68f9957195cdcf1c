import Foundation
import Foundations
import Glibc
import StageProtocol

/// Drives a schedule: starts jobs, hears of them, and keeps what comes of them.
///
/// One thread does all of it and waits in one place, so that nothing a run needs to end can fail to start.
public struct Runner {
  let project: Project
  let options: RunOptions
  let console: Console
  let executor: any Executor
  let clock: any RunClock
  let run: String
  let started: Date
  let startSeconds: Double

  var schedule: Schedule
  var results: [Int: ActionRecord] = [:]
  var judgements: [Int: Project.Judgement] = [:]
  var failures: [(index: Int, failure: StageRun.Failure)] = []
  private var journal: Journal
  private var running: [Int: RunningStage] = [:]
  private let inbox: Inbox<RunEvent>

  /// How often the live lines of a terminal are painted anew.
  private static let secondsBetweenPaints = 0.2

  /// Prepares a run; the caller holds the lock of the store.
  ///
  /// - Parameters:
  ///   - project: What to run.
  ///   - options: How to run it.
  ///   - console: Where to say what happens.
  ///   - executor: Where its stages run.
  ///   - clock: The time.
  /// - Throws: `FileError` where the process may open no more files.
  public init(
    project: Project, options: RunOptions, console: Console, executor: any Executor,
    clock: any RunClock = SystemClock()
  ) throws {
    self.project = project
    self.options = options
    self.console = console
    self.executor = executor
    self.clock = clock
    started = clock.date
    startSeconds = clock.seconds
    inbox = try Inbox()
    journal = project.store.journal(project.profile)
    let journal = journal
    let costs = project.plan.instances.map { instance in
      journal.entries[instance.name]?.finishedKey.flatMap { project.store.action($0) }?
        .usage.seconds ?? 1
    }
    schedule = Schedule(
      project.plan, costs: costs, jobs: options.jobs, keepsGoing: options.keepsGoing)
    let stamp = started.formatted(.iso8601).replacing(/[-:]/, with: "")
    run = "\(stamp)-\(getpid())"
  }

  /// Runs until everything is done, something failed or SIGINT or SIGTERM came.
  ///
  /// - Returns: The exit code of the command.
  /// - Throws: `FileError` where the store cannot be read or written.
  public mutating func perform() throws -> Int32 {
    let watch = SignalWatch(ringing: inbox.bell)
    return try perform { watch.take() }
  }

  /// Runs, with the signals since the last call from elsewhere than the system.
  package mutating func perform(heeding signals: () -> [Int32]) throws -> Int32 {
    try advance()
    while !schedule.isSettled {
      clock.wait(for: inbox.bell, atMost: secondsToWait)
      while let event = inbox.take() { try handle(event) }
      for signal in signals() { interrupt(signal) }
      keepTime()
      try advance()
    }
    console.clearStatus()
    return try conclude()
  }

  /// Decides and starts whatever can be decided and started now.
  private mutating func advance() throws {
    while let index = schedule.nextToDecide {
      let name = project.plan.instances[index].name
      let judged = try project.judge(
        index, results: results, remembered: journal.entries[name],
        isForced: project.isForced(index, options.forced))
      judgements[index] = judged
      console.line("\(name): \(judged.decision.description)")
      if let result = judged.result { try keep(result, of: index) }
      schedule.decide(index, isCached: judged.result != nil)
    }
    while let index = schedule.nextToStart {
      schedule.start(index)
      try start(index)
    }
    console.show(status)
  }

  private mutating func start(_ index: Int) throws {
    guard let judged = judgements[index] else { preconditionFailure("started before decided") }
    let instance = project.plan.instances[index]
    let log = project.store.path("logs/\(run)/\(instance.name).log")
    let stage = StageRun(
      index, judged: judged,
      request: project.request(
        index, key: judged.key, results: results, threads: options.threads, log: log),
      logPath: log, in: project, clock: clock)
    let left = journal.entries[instance.name]
    var job: JobID?
    console.began(index)
    do {
      job = try begin(stage, left: left?.job, ofKey: left?.key)
    } catch {
      inbox.put(.ended(index, .failure(.init(exitCode: nil, message: "\(error)"))))
    }
    running[index] = RunningStage(run: stage, job: job)
    journal.entries[instance.name] = Journal.Entry(
      state: .running, key: judged.key, finishedKey: left?.finishedKey, log: log,
      job: job)
    try project.store.write(journal, profile: project.profile)
  }

  /// Starts a stage's job, or goes on with the one that a dead run left behind.
  ///
  /// A job that computes something else, or that cannot be followed, ends before another one starts.
  private func begin(_ stage: StageRun, left: JobID?, ofKey key: String?) throws -> JobID {
    let inbox = inbox
    let report: @Sendable (JobEvent) -> Void = { stage.follow($0) { inbox.put($0) } }
    try stage.openLog()
    if let left {
      if key == stage.key, executor.follow(left, report) { return left }
      executor.kill(left)
    }
    try stage.makeRoom(startingAfresh: project.isForced(stage.index, options.forced))
    return try executor.start(stage.request, report)
  }

  private mutating func handle(_ event: RunEvent) throws {
    switch event {
    case .started, .memory: break
    case .stage(let index, let event):
      console.follow(index, project.plan.instances[index].name, event)
    case .ended(let index, .success(let action)):
      forget(index)
      schedule.finish(index)
      try keep(action, of: index)
      let size = action.outputs.reduce(0) { $0 + $1.bytes }
      console.line(
        "\(action.instance): done in \(Format.duration(action.usage.seconds)), "
          + Format.bytes(size))
    case .ended(let index, .failure(let failure)):
      let log = running[index]?.run.logPath
      forget(index)
      schedule.fail(index)
      try note(failure, of: index, log: log)
    }
  }

  private mutating func forget(_ index: Int) {
    running[index] = nil
    console.ended(index)
  }

  /// Passes a signal on and gives the stages their time; a second one kills them.
  private mutating func interrupt(_ signal: Int32) {
    if case .signal = schedule.stop {
      for stage in running.values { stage.job.map(executor.kill) }
      return
    }
    schedule.interrupt(signal)
    console.line("signal \(signal): waiting for running stages to write their checkpoints")
    for index in running.keys { stop(index, signal: signal) }
  }

  private mutating func stop(_ index: Int, signal: Int32) {
    guard let job = running[index]?.job else { return }
    executor.stop(job, signal: signal)
    let moment = clock.seconds + options.graceSeconds
    running[index]?.killMoment = moment
  }

  /// Does what is due.
  private mutating func keepTime() {
    let now = clock.seconds
    for (index, stage) in running {
      if let moment = stage.killMoment, moment <= now {
        stage.job.map(executor.kill)
        running[index]?.killMoment = nil
      }
    }
  }

  /// How long nothing is due.
  private var secondsToWait: Double? {
    let moment = running.values.compactMap(\.nextMoment).min()
    let seconds = moment.map { max(0, $0 - clock.seconds) }
    guard console.isLive else { return seconds }
    return min(seconds ?? Self.secondsBetweenPaints, Self.secondsBetweenPaints)
  }

  /// Makes a result visible under its readable name and in the journal.
  private mutating func keep(_ action: ActionRecord, of index: Int) throws {
    results[index] = action
    let instance = project.plan.instances[index]
    try project.store.link(action, profile: project.profile, folder: instance.folder)
    let entry = Journal.Entry(
      state: .done, key: action.key, finishedKey: action.key,
      log: journal.entries[instance.name]?.log)
    guard journal.entries[instance.name] != entry else { return }
    journal.entries[instance.name] = entry
    try project.store.write(journal, profile: project.profile)
  }

  private mutating func note(_ failure: StageRun.Failure, of index: Int, log: String?) throws {
    let name = project.plan.instances[index].name
    let wasInterrupted =
      if case .signal = schedule.stop { true } else { false }
    journal.entries[name]?.state = wasInterrupted ? .interrupted : .failed
    journal.entries[name]?.exitCode = failure.exitCode
    journal.entries[name]?.message = failure.message
    journal.entries[name]?.job = nil
    try project.store.write(journal, profile: project.profile)
    if wasInterrupted {
      console.line("\(name): interrupted, can go on from its last checkpoint")
    } else {
      failures.append((index, failure))
      let code = failure.exitCode.map { " (exit code \($0))" } ?? ""
      console.line("\(name): failed\(code): \(failure.message)")
      guard let log else { return }
      if !failure.isExplained {
        for line in LogFile.tail(log, lines: 10) { console.line("  | \(line)") }
      }
      console.line("  log: \(log)")
    }
  }

  private var status: Console.Status {
    let running = schedule.states.indices.filter { schedule.states[$0] == .running }
    return Console.Status(
      done: schedule.count(.cached) + schedule.count(.finished), total: schedule.states.count,
      running: running.map { (index: $0, name: project.plan.instances[$0].name) },
      seconds: clock.seconds - startSeconds)
  }
}
