import Glibc
import Synchronization

/// Counts SIGINT and SIGTERM while it lives, and rings a bell at each.
///
/// A plain handler and no Dispatch source: that needs a thread, and a run that can have none must still end
/// when it is told to.
public final class SignalWatch {
  private static let interrupts = Atomic<Int>(0)
  private static let terminations = Atomic<Int>(0)
  private static let bell = Atomic<Int32>(-1)
  /// So many signals that nobody took end the process at once.
  private static let patience = 3

  init(ringing bell: Doorbell) {
    Self.bell.store(bell.ringing, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { SignalWatch.note($0) }
    action.sa_flags = SA_RESTART
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
    Self.unblock()
  }

  deinit {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    Self.bell.store(-1, ordering: .relaxed)
  }

  /// Lets SIGINT and SIGTERM through on this thread: a program that blocks them passes that on to what it
  /// starts.
  public static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The signals since the last call.
  func take() -> [Int32] {
    [(SIGINT, Self.take(Self.interrupts)), (SIGTERM, Self.take(Self.terminations))]
      .flatMap { [Int32](repeating: $0, count: $1) }
  }

  private static func take(_ count: borrowing Atomic<Int>) -> Int {
    count.exchange(0, ordering: .relaxed)
  }

  /// What the handler does: only what is safe in one.
  private static func note(_ number: Int32) {
    let code = errno
    let count =
      number == SIGINT
      ? interrupts.add(1, ordering: .relaxed).newValue
      : terminations.add(1, ordering: .relaxed).newValue
    if count >= patience { _exit(128 + number) }
    Doorbell.ring(bell.load(ordering: .relaxed))
    errno = code
  }
}
