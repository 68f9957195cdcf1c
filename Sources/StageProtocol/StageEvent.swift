import Foundations

/// One line of a stage's standard output under `--events json`.
public enum StageEvent: Sendable, Equatable {
  /// How much a message matters.
  public enum Level: String, Codable, Sendable {
    /// For the log.
    case info
    /// For whoever watches the run too.
    case notice
    case warning
  }

  /// How far a stage is.
  public struct Progress: Sendable, Equatable {
    public var done: Int
    /// How much of the next one is done, from 0 to 1.
    public var part: Double
    public var total: Int
    public var unit: String
    public var message: String

    public init(done: Int, part: Double = 0, total: Int, unit: String, message: String = "") {
      self.done = done
      self.part = part
      self.total = total
      self.unit = unit
      self.message = message
    }

    /// From 0 to 1; 0 where the total is unknown.
    public var fraction: Double {
      total > 0 ? min(1, max(0, (Double(done) + part) / Double(total))) : 0
    }

    /// How long the rest takes at the pace so far; nil at the start and at the end.
    public func secondsLeft(after seconds: Double) -> Double? {
      fraction > 0 && fraction < 1 ? seconds / fraction - seconds : nil
    }

    /// `12/100 epoch  NDCG@10 0.0612`, or `12.4/100 epoch` within the thirteenth.
    public var text: String {
      let tenths = Int(part * 10)
      return ["\(done)\(tenths > 0 ? ".\(min(tenths, 9))" : "")/\(total) \(unit)", message].filter {
        !$0.isEmpty
      }.joined(separator: "  ")
    }
  }

  case progress(Progress)
  case log(level: Level, message: String)
  /// Why the stage ends early.
  case error(String)

  private struct Line: Codable {
    var event: String
    var done: Int?
    var part: Double?
    var total: Int?
    var unit: String?
    var level: String?
    var message: String?
  }

  /// The event as one line of JSON without a line end.
  public var line: String {
    var members: [JSONValue.Member]
    switch self {
    case .progress(let progress):
      members = [
        .init("event", .string("progress")), .init("done", .integer(progress.done)),
        .init("total", .integer(progress.total)), .init("unit", .string(progress.unit)),
      ]
      if progress.part > 0 { members.append(.init("part", .number(progress.part))) }
      if !progress.message.isEmpty { members.append(.init("message", .string(progress.message))) }
    case .log(let level, let message):
      members = [
        .init("event", .string("log")), .init("level", .string(level.rawValue)),
        .init("message", .string(message)),
      ]
    case .error(let message):
      members = [.init("event", .string("error")), .init("message", .string(message))]
    }
    return JSONValue.object(members).text
  }

  /// Reads a line; one that is no event is a log line at level `info`.
  public init(line: String) {
    guard line.hasPrefix("{"), let parsed = try? Records.decode(Line.self, from: line.utf8) else {
      self = .log(level: .info, message: line)
      return
    }
    switch parsed.event {
    case "progress":
      self = .progress(
        Progress(
          done: parsed.done ?? 0, part: parsed.part ?? 0, total: parsed.total ?? 0,
          unit: parsed.unit ?? "",
          message: parsed.message ?? ""))
    case "error": self = .error(parsed.message ?? "")
    default:
      self = .log(
        level: parsed.level.flatMap(Level.init) ?? .info, message: parsed.message ?? line)
    }
  }

  /// The line of a log file.
  public var logLine: String {
    switch self {
    case .progress(let progress): "progress \(progress.text)"
    case .log(let level, let message): "\(level.rawValue) \(message)"
    case .error(let message): "error \(message)"
    }
  }
}
