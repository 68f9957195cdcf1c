internal import StageProtocol

extension StageEvent.Progress {
  /// A line without a bar, such as `12/100 epoch  NDCG@10 0.0612  2 min left`.
  func line(secondsLeft: Double?) -> String {
    [text, secondsLeft.map(Self.timeLeft) ?? ""].filter { !$0.isEmpty }.joined(separator: "  ")
  }

  /// A line with a bar, cut to a terminal's columns.
  func bar(secondsLeft: Double?, columns: Int) -> String {
    let width = 24
    let filled = Int(fraction * Double(width))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    // One column stays free, so that no terminal wraps.
    return String("\(bar) \(line(secondsLeft: secondsLeft))".prefix(columns - 1))
  }

  private static func timeLeft(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return switch whole {
    case ..<100: "\(whole) s left"
    case ..<6000: "\((whole + 30) / 60) min left"
    default: "\(whole / 3600) h \(whole % 3600 / 60) min left"
    }
  }
}

/// Estimates when work is done from how fast it went since the first report.
///
/// What was done before the first report does not count: a resumed stage did it in another process.
struct Pace: Sendable {
  private var first: (done: Double, total: Int, unit: String, time: Double)?

  /// The seconds left, once there are two reports on the same work.
  mutating func secondsLeft(_ progress: StageEvent.Progress, at time: Double) -> Double? {
    let done = Double(progress.done) + progress.part
    guard let first, first.total == progress.total, first.unit == progress.unit,
      first.done <= done
    else {
      self.first = (done, progress.total, progress.unit, time)
      return nil
    }
    guard done > first.done, progress.done < progress.total else { return nil }
    return (time - first.time) * (Double(progress.total) - done) / (done - first.done)
  }
}
