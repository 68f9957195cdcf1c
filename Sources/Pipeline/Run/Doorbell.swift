import Foundations
import Glibc

/// Wakes the one thread that waits; may be rung from any thread and from a signal handler.
public final class Doorbell: Sendable {
  private let listening: Int32
  /// What is written here rings.
  let ringing: Int32

  /// Throws `FileError` where the process may open no more files.
  public init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw FileError(path: "a pipe", operation: "make", code: errno)
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    listening = ends[0]
    ringing = ends[1]
  }

  deinit {
    close(listening)
    close(ringing)
  }

  func ring() { Self.ring(ringing) }

  /// Rings by the number of the file: all that a signal handler may do.
  ///
  /// A full pipe rings already.
  static func ring(_ file: Int32) {
    var byte: UInt8 = 0
    _ = write(file, &byte, 1)
  }

  /// Waits until it has rung since the last wait, or until the time is over.
  ///
  /// - Returns: Whether it has rung.
  @discardableResult
  package func wait(atMost seconds: Double?) -> Bool {
    var ready = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
    // An hour at most, so that no sum of seconds is too large for the call; whoever waits looks again.
    let milliseconds = seconds.map { Int32(max(0, min($0, 3600)) * 1000 + 1) } ?? -1
    guard poll(&ready, 1, milliseconds) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(listening, &bytes, bytes.count) > 0 {}
    return true
  }
}
