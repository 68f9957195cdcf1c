import Foundation
import Foundations
import Glibc
import StageProtocol

/// Drives a schedule: starts jobs, hears of them, and keeps what comes of them.
///
/// One thread does all of it and waits in one place, so that nothing a run needs to end can fail to start.
public struct Runner {
  var project: Project
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
  var journal: Journal
  var running: [Int: RunningStage] = [:]
  /// What became of the lists, in a run that is to publish them.
  var publication: RunRecord.Publication?
  let inbox: Inbox<RunEvent>

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
    schedule = Schedule(
      project.plan, costs: Self.costs(of: project, journal), jobs: options.jobs,
      keepsGoing: options.keepsGoing)
    run = RunRecord.identifier(of: started)
  }

  /// The seconds that each instance took last; 1 for one that has not run.
  static func costs(of project: Project, _ journal: Journal) -> [Double] {
    project.plan.instances.map { instance in
      journal.entries[instance.name]?.finishedKey.flatMap { project.store.action($0) }?
        .usage.seconds ?? 1
    }
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
    try settle(heeding: signals)
    return try conclude()
  }

  /// Runs what can be run of the plan.
  mutating func settle(heeding signals: () -> [Int32]) throws {
    try advance()
    while !schedule.isSettled {
      clock.wait(for: inbox.bell, atMost: secondsToWait)
      while let event = inbox.take() { try handle(event) }
      for signal in signals() { interrupt(signal) }
      try keepTime()
      try advance()
    }
    console.clearStatus()
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
    let startsAfresh = project.isForced(index, options.forced)
    console.began(index)
    try attempt(RunningStage(run: stage, budget: instance.budget), startingAfresh: startsAfresh)
  }

  /// Makes one attempt at a stage and notes the job in the journal.
  private mutating func attempt(_ stage: RunningStage, startingAfresh: Bool = false) throws {
    let run = stage.run
    let left = journal.entries[run.instance.name]
    var stage = stage
    // Noted before it begins: whenever the runner dies, the stage is known as one that was interrupted.
    if left?.job == nil { try noteRunning(run, left: left, job: nil) }
    do {
      stage.job = try begin(run, startingAfresh: startingAfresh, left: left?.job, ofKey: left?.key)
    } catch {
      inbox.put(.ended(run.index, .failure(.init(exitCode: nil, message: "\(error)"))))
    }
    running[run.index] = stage
    try noteRunning(run, left: left, job: stage.job)
  }

  private mutating func noteRunning(_ run: StageRun, left: Journal.Entry?, job: JobID?) throws {
    journal.entries[run.instance.name] = Journal.Entry(
      state: .running, key: run.key, finishedKey: left?.finishedKey, log: run.logPath, job: job)
    try project.store.write(journal, profile: project.profile)
  }

  /// Starts a stage's job, or goes on with the one that a dead run left behind.
  ///
  /// A job that computes something else, or that cannot be followed, ends before another one starts.
  private func begin(
    _ stage: StageRun, startingAfresh: Bool, left: JobID?, ofKey key: String?
  ) throws -> JobID {
    let inbox = inbox
    let report: @Sendable (JobEvent) -> Void = { stage.follow($0) { inbox.put($0) } }
    try stage.openLog()
    if let left {
      if key == stage.key, executor.follow(left, report) { return left }
      executor.kill(left)
    }
    try stage.makeRoom(startingAfresh: startingAfresh)
    return try executor.start(stage.request, report)
  }

  private mutating func handle(_ event: RunEvent) throws {
    switch event {
    case .started(let index):
      let now = clock.seconds
      running[index]?.startMoment = now
      running[index]?.lastSign = now
    case .memory(let index, let bytes):
      if let breach = running[index]?.breach(holding: bytes) { end(index, for: breach) }
    case .stage(let index, let event):
      let now = clock.seconds
      running[index]?.lastSign = now
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
      try fail(index, failure)
    }
  }

  /// Passes a signal on and gives the stages their time; a second one kills them.
  private mutating func interrupt(_ signal: Int32) {
    if case .signal = schedule.stop {
      for stage in running.values { stage.job.map(executor.kill) }
      return
    }
    schedule.interrupt(signal)
    console.line("signal \(signal): waiting for running stages to write their checkpoints")
    for (index, stage) in running {
      stop(index, signal: signal)
      if stage.retryMoment != nil {
        let message = "ended by a signal before it was tried again"
        inbox.put(.ended(index, .failure(.init(exitCode: nil, message: message))))
      }
    }
  }

  /// Asks a stage to end that goes beyond its budget.
  private mutating func end(_ index: Int, for breach: RunningStage.Breach) {
    running[index]?.breach = breach
    stop(index, signal: SIGTERM)
  }

  private mutating func stop(_ index: Int, signal: Int32) {
    guard let job = running[index]?.job else { return }
    executor.stop(job, signal: signal)
    let moment = clock.seconds + options.graceSeconds
    running[index]?.killMoment = moment
  }

  /// Does what is due.
  private mutating func keepTime() throws {
    let now = clock.seconds
    for (index, stage) in running {
      if let breach = stage.breach(at: now) { end(index, for: breach) }
      if let moment = stage.retryMoment, moment <= now, !wasInterrupted {
        var stage = stage
        stage.retryMoment = nil
        try attempt(stage)
      }
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

  var wasInterrupted: Bool { if case .signal = schedule.stop { true } else { false } }

  private var status: Console.Status {
    let running = schedule.states.indices.filter { schedule.states[$0] == .running }
    return Console.Status(
      done: schedule.count(.cached) + schedule.count(.finished), total: schedule.states.count,
      running: running.map { (index: $0, name: project.plan.instances[$0].name) },
      seconds: clock.seconds - startSeconds)
  }
}
