internal import StageProtocol
internal import Synchronization

/// Prints what a stage tells: JSON for the runner, or lines and a progress bar for people.
final class Events: Sendable {
  private struct State {
    var pace = Pace()
    var lastPrinted = -Double.infinity
    /// The newest progress that came too soon to be printed.
    var withheld: StageEvent.Progress?
    /// Whether the terminal's cursor stands behind a bar.
    var barIsShown = false
  }

  private let format: EventFormat
  private let console: Console
  private let state = Mutex(State())

  init(format: EventFormat, console: Console) {
    self.format = format
    self.console = console
  }

  /// Seconds between two reports: often enough to watch, seldom enough to cost nothing.
  private var interval: Double { format == .json || console.columns != nil ? 0.1 : 10 }

  func progress(_ progress: StageEvent.Progress) {
    let now = console.now()
    state.withLock { state in
      let left = state.pace.secondsLeft(progress, at: now)
      let ends = progress.done >= progress.total
      guard ends || now - state.lastPrinted >= interval else {
        state.withheld = progress
        return
      }
      state.lastPrinted = now
      state.withheld = nil
      show(progress, secondsLeft: left, ends: ends, &state)
    }
  }

  func log(_ message: String, level: StageEvent.Level = .info) {
    line(
      .log(level: level, message: message),
      plain: level != .warning ? message : "\(level.rawValue): \(message)")
  }

  /// Tells the runner why the stage ends early; people read it on standard error.
  func end(by error: any Error) {
    guard format == .json else { return }
    if error is Interrupted { return log("\(error)") }
    line(.error("\(error)"), plain: "")
  }

  /// Prints the last progress if it was withheld, and leaves the bar's line.
  func finish() {
    state.withLock { state in
      if let progress = state.withheld { show(progress, secondsLeft: nil, ends: true, &state) }
      state.withheld = nil
      if state.barIsShown { console.out("\n") }
      state.barIsShown = false
    }
  }

  private func show(
    _ progress: StageEvent.Progress, secondsLeft: Double?, ends: Bool, _ state: inout State
  ) {
    if format == .json {
      console.out(StageEvent.progress(progress).line + "\n")
    } else if let columns = console.columns {
      let bar = progress.bar(secondsLeft: secondsLeft, columns: columns)
      console.out("\r\u{1B}[K\(bar)\(ends ? "\n" : "")")
      state.barIsShown = !ends
    } else {
      console.out(progress.line(secondsLeft: secondsLeft) + "\n")
    }
  }

  private func line(_ event: StageEvent, plain: String) {
    state.withLock { state in
      if format == .json {
        console.out(event.line + "\n")
      } else {
        console.out((state.barIsShown ? "\r\u{1B}[K" : "") + plain + "\n")
        state.barIsShown = false
      }
    }
  }
}
