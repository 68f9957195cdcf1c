internal import Foundations
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
    Console(
      out: { text in
        do { try Terminal.write(text) } catch { Interrupts.request(SIGTERM) }
      }, error: { try? Terminal.write($0, to: .error) }, columns: Terminal.columns,
      now: { monotonicSeconds() })
  }
}
