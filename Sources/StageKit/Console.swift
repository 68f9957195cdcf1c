internal import Glibc

/// Standard output, standard error and the clock.
package struct Console: Sendable {
  /// Prints on standard output, whole lines or the progress line.
  package var out: @Sendable (String) -> Void
  /// Prints on standard error.
  package var error: @Sendable (String) -> Void
  /// Columns of the terminal that standard output is; nil when it is none.
  package var columns: Int?
  /// Seconds since any fixed point.
  package var now: @Sendable () -> Double

  package init(
    out: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void,
    columns: Int?, now: @escaping @Sendable () -> Double
  ) {
    self.out = out
    self.error = error
    self.columns = columns
    self.now = now
  }

  /// The process's own.
  ///
  /// A reader of standard output that goes away stops the stage as SIGTERM does.
  package static var standard: Console {
    var size = winsize()
    let isTerminal =
      isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return Console(
      out: { if !write($0, to: STDOUT_FILENO) { Interrupts.request(SIGTERM) } },
      error: { _ = write($0, to: STDERR_FILENO) },
      columns: isTerminal ? (size.ws_col > 0 ? Int(size.ws_col) : 80) : nil,
      now: { monotonicSeconds() })
  }
}

/// Seconds since the machine started; may be called in a signal handler.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

private func write(_ text: String, to file: Int32) -> Bool {
  Array(text.utf8).withUnsafeBytes { writeAll($0, to: file) }
}

/// Writes all bytes; on failure returns false and leaves the reason in `errno`.
func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno != EINTR {
      return false
    }
  }
  return true
}
