import Artifacts
import Foundation
import Foundations
import Synchronization

/// Remembers digests of files by path, size, times of modification and change, and inode, so that a run
/// that has nothing to do does not read its inputs and executables again.
///
/// The time of change cannot be set by a program, so contents that were replaced with equal size,
/// modification time and inode are noticed.
final class DigestCache: Sendable {
  private struct Entry: Codable, Equatable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int
    var changedSeconds: Int
    var changedNanoseconds: Int
    var inode: UInt64
    var digest: String
  }

  /// What is remembered of a file.
  enum Kind: String {
    /// The SHA-256 of its bytes.
    case bytes
    /// Its `CodeIdentity`.
    case code
  }

  private let path: String
  private let entries: Mutex<[String: Entry]>

  /// Reads what was remembered; an unreadable file counts as empty.
  init(path: String) {
    self.path = path
    entries = Mutex(Records.read([String: Entry].self, at: path) ?? [:])
  }

  /// The digest of a file, read only where it changed since it was remembered.
  func digest(of file: String, as kind: Kind) throws -> String {
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw FileError(path: file, operation: "read", code: errno)
    }
    let key = "\(kind.rawValue):\(URL(filePath: file).standardizedFileURL.path)"
    var entry = Entry(
      size: Int(status.st_size), seconds: Int(status.st_mtim.tv_sec),
      nanoseconds: Int(status.st_mtim.tv_nsec), changedSeconds: Int(status.st_ctim.tv_sec),
      changedNanoseconds: Int(status.st_ctim.tv_nsec), inode: UInt64(status.st_ino), digest: "")
    if let known = entries.withLock({ $0[key] }) {
      entry.digest = known.digest
      if entry == known { return known.digest }
    }
    switch kind {
    case .bytes: entry.digest = try Digest.sha256(fileAt: file)
    case .code: entry.digest = CodeIdentity.identity(of: try Files.readStored(file))
    }
    let found = entry
    entries.withLock { $0[key] = found }
    return found.digest
  }

  /// Writes what is remembered.
  func save() throws {
    let bytes = try Records.encode(entries.withLock { $0 })
    guard bytes != (try? Files.readStored(path)) else { return }
    try Files.writeAtomically(bytes, to: path)
  }
}
