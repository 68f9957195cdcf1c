internal import Foundations
internal import Glibc

/// The first bytes of a SQLite file, which say whose it is before SQLite touches it.
struct DatabaseHeader {
  /// "L4RA": what this program's databases say of themselves.
  static let application = 0x4C34_5241
  /// Of the tables.
  static let version = 1

  private let bytes: [UInt8]

  /// Reads the header of a file.
  ///
  /// Throws `FileError`.
  init(_ path: String) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(file, &bytes, bytes.count)
    guard count >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
    self.bytes = Array(bytes.prefix(count))
  }

  /// Makes sure that the file is a store of answers.
  ///
  /// Throws `AnswerStoreError`.
  func check(_ path: String) throws(AnswerStoreError) {
    guard bytes.count == 100, bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw .damaged(path, "found no SQLite database")
    }
    guard number(at: 68) == Self.application else {
      throw .foreign(path, "found another program's database")
    }
    guard number(at: 60) == Self.version else {
      throw .foreign(path, "found version \(number(at: 60)), expected \(Self.version)")
    }
  }

  /// Four bytes, the highest first.
  private func number(at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
