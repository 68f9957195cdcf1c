import Glibc

/// A file that cannot be read or written.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Problem: Equatable, Sendable {
    /// There is no such file or folder.
    case missing
    /// It is a folder, a pipe or a device.
    case notRegular
    /// The disk or the quota is full.
    case diskFull
    /// The file is larger than the reader allows, in bytes.
    case tooLarge(limit: Int)
    /// The file is compressed and cannot be decompressed; says why.
    case compressed(reason: String)
    /// Another failure of the operating system.
    case system(code: Int32)
  }

  /// The file.
  public let path: String
  /// What was being done, such as `read`.
  public let operation: String
  /// What went wrong.
  public let problem: Problem

  /// Makes an error about one file.
  public init(path: String, operation: String, problem: Problem) {
    self.path = path
    self.operation = operation
    self.problem = problem
  }

  /// Turns an error number of the operating system into the problem that it stands for.
  public init(path: String, operation: String, code: Int32) {
    let problem: Problem =
      switch code {
      case ENOENT, ENOTDIR: .missing
      case ENOSPC, EDQUOT: .diskFull
      default: .system(code: code)
      }
    self.init(path: path, operation: operation, problem: problem)
  }

  public var description: String { "cannot \(operation) \(path): \(finding)" }

  private var finding: String {
    switch problem {
    case .missing: "there is no such file or folder; check the path"
    case .notRegular: "it is no regular file, but a folder, a pipe or a device; name a file"
    case .diskFull:
      "the disk is full; free some space (llama4rec gc drops what no run needs) and run again"
    case .tooLarge(let limit):
      "it is larger than \(limit) bytes; check that this is the right file"
    case .compressed(let reason): "\(reason); fetch or make the file again"
    case .system(let code): "\(String(cString: strerror(code))); check the path and its permissions"
    }
  }
}
