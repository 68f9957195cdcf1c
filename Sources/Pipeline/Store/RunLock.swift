import Artifacts
public import Foundation
import Foundations
import Glibc

/// The right to change the store, held by one run at a time.
///
/// The operating system drops the lock with the process, so a killed run leaves none behind.
public final class RunLock: Sendable {
  /// Who holds the lock.
  public struct Holder: Codable, Sendable, Equatable {
    public var process: Int32
    public var started: Date
    public var profile: String
  }

  /// Another run holds the lock.
  public struct HeldError: Error, Equatable, CustomStringConvertible {
    public var path: String
    /// Nil where the holder has not yet written its name.
    public var holder: Holder?

    public var description: String {
      let who =
        holder.map {
          "process \($0.process), started \($0.started.formatted(.iso8601)), "
            + "profile \($0.profile)"
        } ?? "a process that is starting"
      return "another run holds \(path): \(who); wait for it to end, or stop it and run again"
    }
  }

  private let file: Int32

  /// Takes the lock of a store or throws `HeldError`.
  ///
  /// - Parameters:
  ///   - store: The store to lock.
  ///   - profile: The profile to name as what is running.
  /// - Throws: `HeldError`, or `FileError` where the file cannot be made.
  public init(_ store: Store, profile: String) throws {
    try Files.makeFolder(store.root)
    let path = store.path("lock")
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else {
      throw FileError(path: path, operation: "lock", code: errno)
    }
    // Whoever asks for the holder takes a shared lock for a moment: hence more than one try.
    var tries = 5
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      tries -= 1
      if tries > 0, usleep(20_000) == 0 { continue }
      close(file)
      throw HeldError(path: path, holder: Self.recordedHolder(path))
    }
    let holder = Holder(process: getpid(), started: Date(), profile: profile)
    let bytes = try Records.encode(holder)
    guard ftruncate(file, 0) == 0, pwrite(file, bytes, bytes.count, 0) == bytes.count else {
      throw FileError(path: path, operation: "lock", code: errno)
    }
  }

  deinit { close(file) }

  /// Who holds the lock of a store right now, if anyone does.
  public static func holder(of store: Store) -> Holder? {
    let path = store.path("lock")
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard flock(file, LOCK_SH | LOCK_NB) != 0 else { return nil }
    return recordedHolder(path)
  }

  private static func recordedHolder(_ path: String) -> Holder? {
    Records.read(Holder.self, at: path)
  }
}
