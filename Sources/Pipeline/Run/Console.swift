import Foundation
import Foundations
import StageProtocol
import Synchronization

/// Where a run says what happens: plain lines with the time, or live lines on a terminal.
public final class Console: Sendable {
  /// What is going on at one moment.
  struct Status {
    var done: Int
    var total: Int
    var running: [(index: Int, name: String)]
    var seconds: Double
  }

  private struct Follow {
    var began: Double
    var lastLine: Double
    var progress: StageEvent.Progress?
  }

  private struct State {
    var follows: [Int: Follow] = [:]
    var paintedLines = 0
    var lastPaint = -Double.infinity
  }

  /// Without a terminal a stage's progress is a line at most this often.
  private static let secondsBetweenLines = 10.0

  let isLive: Bool
  private let clock: any RunClock
  private let output: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// A console.
  ///
  /// - Parameters:
  ///   - isLive: Whether to repaint progress in place; nil asks whether standard output is a terminal.
  ///   - clock: The time.
  ///   - output: Takes the text; nil stands for standard output. A reader that went away stops no run; the
  ///     log and the store keep everything.
  public init(
    isLive: Bool? = nil, clock: any RunClock = SystemClock(),
    output: (@Sendable (String) -> Void)? = nil
  ) {
    self.isLive = isLive ?? (Terminal.columns != nil)
    self.clock = clock
    self.output = output ?? { try? Terminal.write($0) }
  }

  /// Prints one line that stays.
  public func line(_ text: String) {
    state.withLock { state in
      erase(&state)
      output(isLive ? "\(text)\n" : "\(clock.date.formatted(.iso8601)) \(text)\n")
    }
  }

  /// Prints text as it is, such as a table.
  public func block(_ text: String) {
    state.withLock { state in
      erase(&state)
      output(text + "\n")
    }
  }

  func began(_ index: Int) {
    let now = clock.seconds
    state.withLock { $0.follows[index] = Follow(began: now, lastLine: now) }
  }

  func ended(_ index: Int) { state.withLock { $0.follows[index] = nil } }

  /// Takes note of a stage's event; notices and warnings are shown, other log lines stay in the log.
  func follow(_ index: Int, _ name: String, _ event: StageEvent) {
    switch event {
    case .error: break
    case .log(let level, let message):
      switch level {
      case .info: break
      case .notice: line("\(name): \(message)")
      case .warning: line("\(name): warning: \(message)")
      }
    case .progress(let progress):
      let text: String? = state.withLock { state in
        guard var follow = state.follows[index] else { return nil }
        follow.progress = progress
        let now = clock.seconds
        let isDue = now - follow.lastLine >= Self.secondsBetweenLines
        if isDue { follow.lastLine = now }
        state.follows[index] = follow
        guard isDue, !isLive else { return nil }
        let left = progress.secondsLeft(after: now - follow.began)
        return progress.text + (left.map { "  \(Format.duration($0)) left" } ?? "")
      }
      if let text { line("\(name): \(text)") }
    }
  }

  /// Repaints the live lines, at most ten times a second; does nothing without a terminal.
  func show(_ status: Status) {
    guard isLive else { return }
    state.withLock { state in
      let now = clock.seconds
      guard now - state.lastPaint > 0.1 else { return }
      state.lastPaint = now
      let rows = status.running.map { running in
        let follow = state.follows[running.index]
        return ProgressLine.stage(
          running.name, follow?.progress,
          seconds: now - (follow?.began ?? now), width: Terminal.columns ?? 80)
      }
      erase(&state)
      let total = ProgressLine.total(
        done: status.done, total: status.total, running: rows.count, seconds: status.seconds)
      output((rows + [total]).map { $0 + "\n" }.joined())
      state.paintedLines = rows.count + 1
    }
  }

  /// Takes the live lines away.
  func clearStatus() { state.withLock { erase(&$0) } }

  private func erase(_ state: inout State) {
    guard state.paintedLines > 0 else { return }
    output("\u{1B}[\(state.paintedLines)A\u{1B}[J")
    state.paintedLines = 0
  }
}
