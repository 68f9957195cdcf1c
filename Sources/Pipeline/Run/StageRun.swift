import Artifacts
import Foundation
import Foundations
import Glibc
import StageProtocol

/// One attempt at one instance: starts the executable, follows its events, stores its outputs.
struct StageRun: Sendable {
  var index: Int
  var instance: Instance
  var key: String
  var parts: [KeyPart]
  var executable: String
  var arguments: [String]
  var threads: Int
  var logPath: String
  var startsAfresh: Bool
  /// The data files that the stage reads, with the digests that its key has.
  var files: [(path: String, digest: String)]
  let digests: DigestCache
  let store: Store

  /// Why an instance has no result.
  struct Failure: Error, Sendable, Equatable {
    /// The exit code of the stage, or nil where the runner itself could not go on.
    var exitCode: Int32?
    var message: String
    var log: String
    /// Whether the stage itself said why.
    var isExplained = true
  }

  /// Runs on a thread of its own, which `ChildProcess.run` needs, and reports what happens.
  func begin(_ report: @escaping @Sendable (RunEvent) -> Void) {
    Thread.detachNewThread {
      do {
        report(.ended(index, .success(try perform(report))))
      } catch let failure as Failure {
        report(.ended(index, .failure(failure)))
      } catch {
        let failure = Failure(exitCode: nil, message: "\(error)", log: logPath)
        report(.ended(index, .failure(failure)))
      }
    }
  }

  private func perform(_ report: @escaping @Sendable (RunEvent) -> Void) throws -> ActionRecord {
    if startsAfresh { try? FileManager.default.removeItem(atPath: store.workPath(key)) }
    // Outputs of an attempt that was killed may be incomplete; its checkpoints are not.
    try? FileManager.default.removeItem(atPath: store.outputFolder(key))
    try Files.makeFolder(store.scratchPath(key))
    try Files.makeFolder(store.outputFolder(key))
    let log = try LogFile(path: logPath)
    log.write("command \(([executable] + arguments).joined(separator: " "))")

    let started = Date()
    let command = ChildProcess(
      executable: executable, arguments: arguments, standardError: log.descriptor)
    var lastError: String?
    let end = try command.run(
      onStart: { report(.started(index, $0)) },
      onLine: { line in
        let event = StageEvent(line: line)
        log.write(event.logLine)
        if case .error(let message) = event { lastError = message }
        report(.stage(index, event))
      })
    // A stage that read other bytes than the key names must leave nothing behind under that key.
    for file in files where (try? digests.digest(of: file.path, as: .bytes)) != file.digest {
      throw Failure(
        exitCode: nil,
        message: "\(file.path) changed while the stage ran; nothing is stored, run again",
        log: logPath)
    }
    guard end.end == .exited(0) else {
      let how =
        switch end.end {
        case .exited: "it gave no reason; the log may"
        case .killed(let signal): LogFile.cause(logPath) ?? "killed by signal \(signal)"
        }
      throw Failure(
        exitCode: end.end.code, message: lastError ?? how, log: logPath,
        isExplained: lastError != nil)
    }
    for output in instance.outputs {
      let path = "\(store.outputFolder(key))/\(output.file)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw Failure(
          exitCode: nil, message: "ended without writing its output \(output.name)", log: logPath)
      }
    }
    let ended = Date()
    let usage = ActionRecord.Usage(
      seconds: ended.timeIntervalSince(started), cpuSeconds: end.cpuSeconds,
      peakBytes: end.peakBytes, threads: threads, machine: Machine.name, started: started,
      ended: ended)
    return try store.commit(key: key, instance: instance, parts: parts, usage: usage)
  }
}
