import Foundation
import Foundations
import StageProtocol
import Synchronization

/// One instance that runs: makes room for its job, follows what the job says, and stores its outputs.
final class StageRun: Sendable {
  let index: Int
  let instance: Instance
  let key: String
  let request: JobRequest
  /// The log of the instance in this run.
  let logPath: String
  private let parts: [KeyPart]
  /// The data files that the stage reads, with the digests that its key has.
  private let files: [(path: String, digest: String)]
  private let project: Project
  private let clock: any RunClock
  private let progress = Mutex(Progress())

  private struct Progress {
    var log: LogFile?
    var began = Date.distantPast
    var beganSeconds = 0.0
    var lastError: String?
  }

  /// Why an instance has no result.
  struct Failure: Error, Sendable, Equatable {
    /// The exit code of the stage, or nil where the run itself could not go on.
    var exitCode: Int32?
    var message: String
    /// Whether the stage itself said why.
    var isExplained = true
    /// Whether another attempt would fail in the same way.
    var isFinal = false
  }

  /// What somebody has to correct before the stage can do better.
  private static let toCorrect: [ExitCode] = [.usage, .badData]

  init(
    _ index: Int, judged: Project.Judgement, request: JobRequest, logPath: String,
    in project: Project,
    clock: any RunClock
  ) {
    self.index = index
    self.request = request
    self.logPath = logPath
    self.project = project
    self.clock = clock
    instance = project.plan.instances[index]
    key = judged.key
    parts = judged.parts
    files = project.files(of: index, parts: judged.parts)
  }

  /// Empties the folder for outputs, and that for checkpoints if nothing of an earlier attempt is to be
  /// used.
  func makeRoom(startingAfresh: Bool) throws {
    let store = project.store
    if startingAfresh { try? FileManager.default.removeItem(atPath: store.workPath(key)) }
    // Outputs of an attempt that was killed may be incomplete; its checkpoints are not.
    try? FileManager.default.removeItem(atPath: store.outputFolder(key))
    try Files.makeFolder(store.scratchPath(key))
    try Files.makeFolder(store.outputFolder(key))
  }

  /// Opens the log, before the job's first event.
  func openLog() throws {
    let log = try LogFile(path: logPath, clock: clock)
    log.write("command \(([request.executable] + request.arguments).joined(separator: " "))")
    progress.withLock { $0 = Progress(log: log, began: clock.date, beganSeconds: clock.seconds) }
  }

  /// Takes note of what the executor tells; called on one of the executor's threads, which the last event
  /// keeps busy until the outputs are stored.
  func follow(_ event: JobEvent, _ report: (RunEvent) -> Void) {
    switch event {
    case .started:
      progress.withLock {
        $0.began = clock.date
        $0.beganSeconds = clock.seconds
      }
      report(.started(index))
    case .line(let line):
      let event = StageEvent(line: line)
      progress.withLock {
        $0.log?.write(event.logLine)
        if case .error(let message) = event { $0.lastError = message }
      }
      report(.stage(index, event))
    case .memory(let bytes):
      report(.memory(index, bytes: bytes))
    case .ended(let end):
      do {
        report(.ended(index, .success(try store(end))))
      } catch let failure as Failure {
        report(.ended(index, .failure(failure)))
      } catch {
        report(.ended(index, .failure(Failure(exitCode: nil, message: "\(error)"))))
      }
    }
  }

  private func store(_ report: JobReport) throws -> ActionRecord {
    // A stage that read other bytes than the key names must leave nothing behind under that key.
    for file in files
    where (try? project.digests.digest(of: file.path, as: .bytes)) != file.digest {
      throw Failure(
        exitCode: nil,
        message: "\(file.path) changed while the stage ran; nothing is stored, run again",
        isFinal: true)
    }
    let progress = progress.withLock { $0 }
    guard report.end == .exited(0) else {
      let wasKilled = if case .killed = report.end { true } else { false }
      let reason = progress.lastError ?? (wasKilled ? LogFile.cause(logPath) : nil)
      let how =
        switch report.end {
        case .exited: "it gave no reason; the log may"
        case .killed(let signal): "killed by signal \(signal)"
        case .lost(let reason): reason
        }
      throw Failure(
        exitCode: report.end.code, message: reason ?? how, isExplained: reason != nil,
        isFinal: Self.toCorrect.contains { report.end == .exited($0.rawValue) })
    }
    for output in instance.outputs {
      let path = "\(project.store.outputFolder(key))/\(output.file)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw Failure(
          exitCode: nil, message: "ended without writing its output \(output.name)", isFinal: true)
      }
    }
    let usage = ActionRecord.Usage(
      seconds: clock.seconds - progress.beganSeconds, cpuSeconds: report.cpuSeconds,
      peakBytes: report.peakBytes, threads: request.resources.threads, machine: Machine.name,
      started: progress.began, ended: clock.date)
    return try project.store.commit(key: key, instance: instance, parts: parts, usage: usage)
  }
}
