internal import Artifacts
internal import Foundations
import Glibc

/// A file whose bytes are read from the disk where they are touched.
///
/// The file must not be cut while it is mapped: checkpoints are replaced by renaming, never rewritten.
final class MappedFile: Sendable {
  let path: String
  let count: Int
  // Read-only memory that lives as long as the object.
  private nonisolated(unsafe) let base: UnsafeRawPointer?

  /// Maps a file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `FileError`.
  init(_ path: String) throws {
    // Without O_NONBLOCK a named pipe would be waited for.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw FileError(path: path, operation: "read", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(path, "found no regular file", advice: "name a checkpoint's file")
    }
    self.path = path
    count = Int(status.st_size)
    guard count > 0 else {
      base = nil
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0)
    guard let address, address != MAP_FAILED else {
      throw FileError(path: path, operation: "map", code: errno)
    }
    base = UnsafeRawPointer(address)
  }

  /// Whether a path names something.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// Hands out bytes of the file; traps on a range outside of it.
  func read<Result>(
    _ range: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) {
      let bytes = UnsafeRawBufferPointer(start: base, count: count)
      return try body(range.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) } ?? bytes)
    }
  }

  /// Lets the system drop pages that will not be read again soon, so that a converted checkpoint does
  /// not count twice.
  func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    guard let base, start < range.upperBound else { return }
    madvise(
      UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, MADV_DONTNEED)
  }
}
