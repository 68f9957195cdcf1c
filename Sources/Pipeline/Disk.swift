import Artifacts
import Glibc

/// The few system calls that make a change to the store last.
enum Disk {
  /// Forces a file's bytes to the disk.
  static func sync(_ path: String) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path, "sync") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw failure(path, "sync") }
  }

  /// Renames within the store, and syncs the folder that the new name is in.
  static func rename(_ source: String, to target: String) throws {
    guard Glibc.rename(source, target) == 0 else { throw failure(target, "write") }
    let folder = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure(folder, "sync") }
    defer { close(directory) }
    // Some network file systems sync no folders and say so with EINVAL.
    guard fsync(directory) == 0 || errno == EINVAL else { throw failure(folder, "sync") }
  }

  /// Appends one line and forces it to the disk; a torn last line is closed first.
  static func append(line: String, to path: String) throws {
    let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure(path, "write") }
    defer { close(file) }
    var text = line + "\n"
    var last: UInt8 = 0
    let length = lseek(file, 0, SEEK_END)
    if length > 0, pread(file, &last, 1, length - 1) == 1, last != UInt8(ascii: "\n") {
      text = "\n" + text
    }
    let bytes = Array(text.utf8)
    guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
      throw failure(path, "write")
    }
  }

  private static func failure(_ path: String, _ operation: String) -> FileError {
    let code = errno
    let problem: FileError.Problem =
      switch code {
      case ENOENT: .missing
      case ENOSPC, EDQUOT: .diskFull
      default: .system(code: code)
      }
    return FileError(path: path, operation: operation, problem: problem)
  }
}
