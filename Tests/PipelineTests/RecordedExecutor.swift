import Foundation
import Foundations
import Pipeline
import StageProtocol
import Synchronization

/// Plays what stages do from scripts, in virtual time and without a process, and keeps what it was asked.
final class RecordedExecutor: Executor {
  /// What a job does from its start.
  struct Script: Sendable {
    /// How long it runs.
    var seconds = 1.0
    /// Lines and measurements by their moment.
    var events: [(seconds: Double, event: JobEvent)] = []
    var end = JobReport.End.exited(0)
    /// Whether it writes its outputs before it ends well.
    var writes = true
    /// What it writes, by file name; a line with its own name where it is not said.
    var contents: [String: [UInt8]] = [:]
    /// How long it takes to end with 128 + SIGNAL after a signal; nil stands for a job that ignores it.
    var secondsToStop: Double? = 0.5
    /// Set for a job that cannot be started.
    var startError: String?
  }

  /// What the run asked for, in order.
  enum Call: Equatable, CustomStringConvertible {
    case start(String)
    case follow(String)
    case stop(String, Int32)
    case kill(String)

    var description: String {
      switch self {
      case .start(let name): "start \(name)"
      case .follow(let name): "follow \(name)"
      case .stop(let name, let signal): "stop \(name) \(signal)"
      case .kill(let name): "kill \(name)"
      }
    }
  }

  private final class Job: Sendable {
    let name: String
    let outputs: [String]
    let script: Script
    let report: @Sendable (JobEvent) -> Void
    private let hasEnded = Mutex(false)

    init(
      _ request: JobRequest, _ script: Script, _ report: @escaping @Sendable (JobEvent) -> Void
    ) {
      name = request.name
      outputs = zip(request.arguments, request.arguments.dropFirst()).filter { $0.0 == "--output" }
        .compactMap { $0.1.split(separator: "=", maxSplits: 1).last.map(String.init) }
      self.script = script
      self.report = report
    }

    func tell(_ event: JobEvent) {
      if !hasEnded.withLock({ $0 }) { report(event) }
    }

    func end(_ end: JobReport.End) {
      guard !hasEnded.withLock({ exchange(&$0) }) else { return }
      if end == .exited(0), script.writes {
        for output in outputs {
          let file = URL(filePath: output)
          let bytes = script.contents[file.lastPathComponent] ?? Array("output of \(name)".utf8)
          try? Data(bytes).write(to: file)
        }
      }
      report(.ended(JobReport(end: end, cpuSeconds: 0.5, peakBytes: 1 << 20)))
    }

    private func exchange(_ flag: inout Bool) -> Bool {
      defer { flag = true }
      return flag
    }
  }

  private struct State {
    var scripts: [String: [Script]] = [:]
    var calls: [Call] = []
    var requests: [JobRequest] = []
    var jobs: [JobID: Job] = [:]
    var followable: [JobID: (JobRequest, Script)] = [:]
  }
  private let time: VirtualTime
  private let descriptions: [String: StageDescription]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - time: The time in which jobs run.
  ///   - stages: What the executables say of themselves.
  init(_ time: VirtualTime, stages: [StageDescription]) {
    self.time = time
    descriptions = Dictionary(uniqueKeysWithValues: stages.map { ("stage-\($0.stage)", $0) })
  }

  var calls: [Call] { state.withLock { $0.calls } }
  var requests: [JobRequest] { state.withLock { $0.requests } }

  /// Has the attempts at a stage or an instance go by these scripts, one after another; the last one stays.
  func play(_ name: String, _ scripts: Script...) {
    state.withLock { $0.scripts[name] = scripts }
  }

  /// Has a job of an earlier run go on.
  func leave(_ job: JobID, of request: JobRequest, _ script: Script) {
    state.withLock { $0.followable[job] = (request, script) }
  }

  func start(
    _ request: JobRequest, _ report: @escaping @Sendable (JobEvent) -> Void
  ) throws(ExecutionError) -> JobID {
    if request.arguments == ["--describe"] { return describe(request, report) }
    let script = state.withLock { state in
      state.calls.append(.start(request.name))
      state.requests.append(request)
      return Self.nextScript(request.name, &state.scripts)
    }
    if let reason = script.startError {
      throw ExecutionError(executable: request.executable, reason: reason)
    }
    let id = JobID("recorded \(state.withLock { $0.requests.count })")
    run(id, request, script, report)
    return id
  }

  func follow(_ job: JobID, _ report: @escaping @Sendable (JobEvent) -> Void) -> Bool {
    guard let (request, script) = state.withLock({ $0.followable[job] }) else { return false }
    state.withLock { $0.calls.append(.follow(request.name)) }
    run(job, request, script, report)
    return true
  }

  func stop(_ job: JobID, signal: Int32) {
    guard let found = state.withLock({ $0.jobs[job] }) else { return }
    state.withLock { $0.calls.append(.stop(found.name, signal)) }
    if let seconds = found.script.secondsToStop {
      time.after(seconds) { found.end(.exited(128 + signal)) }
    }
  }

  func kill(_ job: JobID) {
    let found = state.withLock { $0.jobs[job] }
    state.withLock { $0.calls.append(.kill(found?.name ?? "a job of an earlier run")) }
    if let found { time.after(0) { found.end(.killed(signal: SIGKILL)) } }
  }

  private func run(
    _ id: JobID, _ request: JobRequest, _ script: Script,
    _ report: @escaping @Sendable (JobEvent) -> Void
  ) {
    let job = Job(request, script, report)
    state.withLock { $0.jobs[id] = job }
    time.after(0) { job.tell(.started) }
    for (seconds, event) in script.events { time.after(seconds) { job.tell(event) } }
    time.after(script.seconds) { job.end(script.end) }
  }

  private func describe(
    _ request: JobRequest, _ report: @escaping @Sendable (JobEvent) -> Void
  ) -> JobID {
    let name = URL(filePath: request.executable).lastPathComponent
    let text = descriptions[name].flatMap { try? Records.text($0) } ?? ""
    time.after(0) {
      report(.line(text))
      report(.ended(JobReport(end: .exited(0), cpuSeconds: 0, peakBytes: 0)))
    }
    return JobID("describe")
  }

  private static func nextScript(
    _ name: String, _ scripts: inout [String: [Script]]
  ) -> Script {
    let stage = String(name.prefix { $0 != "[" })
    guard let key = [name, stage].first(where: { scripts[$0] != nil }), let list = scripts[key],
      let script = list.first
    else { return Script() }
    if list.count > 1 { scripts[key] = Array(list.dropFirst()) }
    return script
  }
}
