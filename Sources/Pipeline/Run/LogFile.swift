import Foundation
import Foundations
import Glibc

/// A stage's log; the stage writes its standard error to the same file.
final class LogFile: Sendable {
  private let descriptor: Int32
  private let clock: any RunClock

  init(path: String, clock: any RunClock) throws {
    try Files.makeFolder(URL(filePath: path).deletingLastPathComponent().relativePath)
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
    self.clock = clock
  }

  deinit { close(descriptor) }

  /// Appends one line with the time; a log that cannot be written stops no stage.
  func write(_ line: String) {
    let bytes = Array("\(clock.date.formatted(.iso8601)) \(line)\n".utf8)
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
