import Artifacts
import Foundation
import Foundations
import Glibc
import StageProtocol

/// Drives a schedule: the only part that starts processes and waits for them.
public struct Runner {
  let project: Project
  let options: RunOptions
  let console: Console
  let run: String
  let started = Date()

  var schedule: Schedule
  var results: [Int: ActionRecord] = [:]
  var judgements: [Int: Project.Judgement] = [:]
  var failures: [(index: Int, failure: StageRun.Failure)] = []
  private var journal: Journal
  private var processes: [Int: pid_t] = [:]
  private var killDeadline: Date?

  /// Prepares a run; the caller holds the lock of the store.
  ///
  /// - Parameters:
  ///   - project: What to run.
  ///   - options: How to run it.
  ///   - console: Where to say what happens.
  public init(project: Project, options: RunOptions, console: Console) {
    self.project = project
    self.options = options
    self.console = console
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

  /// Runs until everything is done, something failed or a signal came.
  ///
  /// - Returns: The exit code of the command.
  /// - Throws: `FileError` where the store cannot be read or written.
  public mutating func perform() async throws -> Int32 {
    let (events, continuation) = AsyncStream.makeStream(of: RunEvent.self)
    let watch = SignalWatch { continuation.yield(.signal($0)) }
    let ticker = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(200))
        continuation.yield(.tick)
      }
    }
    defer {
      ticker.cancel()
      withExtendedLifetime(watch) {}
    }
    try advance(continuation)
    if !schedule.isSettled {
      for await event in events {
        try handle(event)
        try advance(continuation)
        if schedule.isSettled { break }
      }
    }
    console.clearStatus()
    return try conclude()
  }

  /// Decides and starts whatever can be decided and started now.
  private mutating func advance(_ events: AsyncStream<RunEvent>.Continuation) throws {
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
      try start(index, events)
    }
    console.show(status)
  }

  private mutating func start(
    _ index: Int, _ events: AsyncStream<RunEvent>.Continuation
  ) throws {
    guard let judged = judgements[index] else { preconditionFailure("started before decided") }
    let instance = project.plan.instances[index]
    let log = project.store.path("logs/\(run)/\(instance.name).log")
    var entry = journal.entries[instance.name] ?? Journal.Entry(state: .running, key: judged.key)
    entry.state = .running
    entry.key = judged.key
    entry.log = log
    entry.exitCode = nil
    entry.message = nil
    journal.entries[instance.name] = entry
    try project.store.write(journal, profile: project.profile)
    console.began(index)
    StageRun(
      index: index, instance: instance, key: judged.key, parts: judged.parts,
      executable: "\(project.executables)/\(instance.executable)",
      arguments: project.invocation(
        index, key: judged.key, results: results, threads: options.threads
      ).words,
      threads: options.threads, logPath: log,
      startsAfresh: project.isForced(index, options.forced),
      files: project.files(of: index, parts: judged.parts), digests: project.digests,
      store: project.store
    ).begin { events.yield($0) }
  }

  private mutating func handle(_ event: RunEvent) throws {
    switch event {
    case .started(let index, let process):
      processes[index] = process
      // The signal may have come between the start and this notice of it.
      if case .signal(let number) = schedule.stop { kill(-process, number) }
    case .stage(let index, let event):
      console.follow(index, project.plan.instances[index].name, event)
    case .ended(let index, let result):
      processes[index] = nil
      console.ended(index)
      switch result {
      case .success(let action):
        schedule.finish(index)
        try keep(action, of: index)
        let size = action.outputs.reduce(0) { $0 + $1.bytes }
        console.line(
          "\(action.instance): done in \(Format.duration(action.usage.seconds)), "
            + Format.bytes(size))
      case .failure(let failure):
        schedule.fail(index)
        try note(failure, of: index)
      }
    case .signal(let number):
      let isSecond = killDeadline != nil
      schedule.interrupt(number)
      killDeadline = Date().addingTimeInterval(isSecond ? 0 : options.graceSeconds)
      if !isSecond {
        console.line("signal \(number): waiting for running stages to write their checkpoints")
      }
      for process in processes.values { kill(-process, isSecond ? SIGKILL : number) }
    case .tick:
      if let deadline = killDeadline, Date() > deadline {
        for process in processes.values { kill(-process, SIGKILL) }
      }
    }
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

  private mutating func note(_ failure: StageRun.Failure, of index: Int) throws {
    let name = project.plan.instances[index].name
    let wasInterrupted =
      if case .signal = schedule.stop { true } else { false }
    journal.entries[name]?.state = wasInterrupted ? .interrupted : .failed
    journal.entries[name]?.exitCode = failure.exitCode
    journal.entries[name]?.message = failure.message
    try project.store.write(journal, profile: project.profile)
    if wasInterrupted {
      console.line("\(name): interrupted, can go on from its last checkpoint")
    } else {
      failures.append((index, failure))
      let code = failure.exitCode.map { " (exit code \($0))" } ?? ""
      console.line("\(name): failed\(code): \(failure.message)")
      if !failure.isExplained {
        for line in LogFile.tail(failure.log, lines: 10) { console.line("  | \(line)") }
      }
      console.line("  log: \(failure.log)")
    }
  }

  private var status: Console.Status {
    let running = schedule.states.indices.filter { schedule.states[$0] == .running }
    return Console.Status(
      done: schedule.count(.cached) + schedule.count(.finished), total: schedule.states.count,
      running: running.map { (index: $0, name: project.plan.instances[$0].name) },
      seconds: Date().timeIntervalSince(started))
  }
}
