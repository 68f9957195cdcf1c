import Foundation

/// One line of a stage's standard output under `--events json`.
package enum StageEvent: Sendable, Equatable {
  case progress(Progress)
  case log(level: String, message: String)
  case error(String)

  package struct Progress: Sendable, Equatable {
    package var done: Double
    package var total: Double
    package var unit: String
    package var message: String

    package init(done: Double, total: Double, unit: String, message: String) {
      self.done = done
      self.total = total
      self.unit = unit
      self.message = message
    }

    /// From 0 to 1; 0 where the total is unknown.
    package var fraction: Double { total > 0 ? min(1, max(0, done / total)) : 0 }
  }

  private struct Line: Decodable {
    var event: String
    var done: Double?
    var total: Double?
    var unit: String?
    var level: String?
    var message: String?
  }

  /// Reads a line; one that is no event is a log line at level `info`.
  package init(line: String) {
    guard line.hasPrefix("{"),
      let parsed = try? JSONDecoder().decode(Line.self, from: Data(line.utf8))
    else {
      self = .log(level: "info", message: line)
      return
    }
    switch parsed.event {
    case "progress":
      self = .progress(
        Progress(
          done: parsed.done ?? 0, total: parsed.total ?? 0, unit: parsed.unit ?? "",
          message: parsed.message ?? ""))
    case "error": self = .error(parsed.message ?? "")
    default: self = .log(level: parsed.level ?? "info", message: parsed.message ?? line)
    }
  }

  /// The line of the log file.
  var logLine: String {
    switch self {
    case .progress(let progress):
      "progress \(Format.number(progress.done))/\(Format.number(progress.total)) "
        + "\(progress.unit) \(progress.message)"
    case .log(let level, let message): "\(level) \(message)"
    case .error(let message): "error \(message)"
    }
  }
}
