internal import Glibc
internal import Synchronization

/// Turns SIGTERM, SIGINT and the loss of the runner into a flag that stages look at.
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

  /// Stops the stage as SIGTERM does when the process that started it is gone, even by SIGKILL.
  ///
  /// A thread asks for the parent's number twice a second. `PR_SET_PDEATHSIG` would be wrong here: it
  /// fires when the starting *thread* ends, and runners start processes on threads of a pool. A parent
  /// that goes before the watch begins is noticed by the first event that it does not read.
  static func watchParent() {
    let parent = getppid()
    var thread = pthread_t()
    let started = pthread_create(
      &thread, nil,
      { argument in
        let parent = pid_t(Int(bitPattern: argument))
        while getppid() == parent { usleep(500_000) }
        Interrupts.request(SIGTERM)
        return nil
      }, UnsafeMutableRawPointer(bitPattern: Int(parent)))
    if started == 0 { pthread_detach(thread) }
  }
}
