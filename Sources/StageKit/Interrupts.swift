internal import Foundations
internal import Glibc
internal import Synchronization

/// Turns SIGTERM and SIGINT into a flag that stages look at.
///
/// A stage whose runner dies is killed with it by the system (`ChildProcess`); a stage that was started
/// otherwise notices that nobody reads its output.
package enum Interrupts {
  private static let caught = Atomic<Int32>(0)
  private static let caughtAt = Atomic<Int>(0)

  /// The signal that asked the stage to stop, if one did.
  package static var signal: Int32? {
    let signal = caught.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// Takes over the signals.
  ///
  /// The first one asks the stage to stop; another one, half a second or more after it, ends the
  /// process at once. (A terminal's Ctrl-C reaches the stage twice: directly and through the runner.)
  static func install() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Interrupts.request($0) }
    action.sa_flags = SA_RESTART
    sigaction(SIGTERM, &action, nil)
    sigaction(SIGINT, &action, nil)
    Glibc.signal(SIGPIPE, SIG_IGN)
  }

  /// What the signal handler does: only atomics, the clock and `_exit`, which are safe in one.
  static func request(_ signal: Int32) {
    let now = Int(monotonicSeconds() * 1000)
    let first = caught.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
    if first.exchanged {
      caughtAt.store(now, ordering: .relaxed)
    } else if now - caughtAt.load(ordering: .relaxed) >= 500 {
      _exit(128 + signal)
    }
  }
}
