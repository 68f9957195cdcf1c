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

/// What the driver of a run learns from stages, signals and the clock.
enum RunEvent: Sendable {
  case started(Int, pid_t)
  case stage(Int, StageEvent)
  case ended(Int, Result<ActionRecord, StageRun.Failure>)
  case signal(Int32)
  case tick
}

/// A stage's log; the stage writes its standard error to the same file.
final class LogFile: Sendable {
  let descriptor: Int32

  init(path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError(path: path, operation: "write", problem: .system(code: errno))
    }
  }

  deinit { close(descriptor) }

  /// Appends one line with the time; a log that cannot be written stops no stage.
  func write(_ line: String) {
    let bytes = Array("\(Date().formatted(.iso8601)) \(line)\n".utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// Why a stage crashed, as the language's runtime wrote it.
  static func cause(_ path: String) -> String? {
    tail(path, lines: 50).last {
      $0.contains("Fatal error: ") || $0.contains("Precondition failed")
    }
    .map { String($0[($0.range(of: "Fatal error: ")?.lowerBound ?? $0.startIndex)...]) }
  }

  /// The last lines of a log.
  static func tail(_ path: String, lines: Int) -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let all = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    return Array(all.suffix(lines))
  }
}

/// The machine that a result was computed on.
enum Machine {
  /// Host name and processor.
  static let name: String = {
    let information = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
    let model = String(decoding: information, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }?
      .split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    return ProcessInfo.processInfo.hostName + (model.map { ", \($0)" } ?? "")
  }()
}
