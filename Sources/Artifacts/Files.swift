import Glibc

/// Reading and writing whole files.
public enum Files {
  /// The most bytes that a reader takes in unless told otherwise: 8 GiB.
  public static let standardLimit = 8 << 30

  /// The bytes of a plain or zstd-compressed file, decided by its first bytes, not by its name.
  ///
  /// Throws `FileError`, also when the bytes, compressed or not, are more than the limit.
  public static func read(
    _ path: String, limit: Int = Files.standardLimit, threads: Int = 1
  ) throws -> [UInt8] {
    let bytes = try readStored(path, limit: limit)
    guard Zstd.isCompressed(bytes) else { return bytes }
    do {
      return try Zstd.decompress(bytes, limit: limit, threads: threads)
    } catch let error as ZstdError {
      throw FileError(path: path, operation: "read", problem: .compressed(error))
    }
  }

  /// The bytes of a file as they lie on the disk.
  ///
  /// Throws `FileError`.
  public static func readStored(
    _ path: String, limit: Int = Files.standardLimit
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var status = stat()
    if stat(path, &status) == 0 { bytes.reserveCapacity(min(limit, Int(status.st_size))) }
    try readPieces(path) { piece in
      guard bytes.count + piece.count <= limit else {
        throw FileError(path: path, operation: "read", problem: .tooLarge(limit: limit))
      }
      bytes.append(contentsOf: piece)
    }
    return bytes
  }

  /// Writes bytes so that the path holds either what it held before or all of them.
  ///
  /// They go to a temporary file `.NAME.XXXXXXXX.tmp` in the same folder, which is synced and renamed;
  /// then the folder is synced. On failure the temporary file is removed; a killed process leaves it.
  /// Throws `FileError`.
  public static func writeAtomically(_ bytes: [UInt8], to path: String) throws {
    try writeAtomically(parts: [bytes], to: path)
  }

  /// Writes a string as UTF-8 so that the path holds either what it held before or all of it.
  ///
  /// Throws `FileError`.
  public static func writeAtomically(_ text: String, to path: String) throws {
    try writeAtomically(parts: [Array(text.utf8)], to: path)
  }

  static func readPieces(
    _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try open(path, O_RDONLY, for: "read", path)
    defer { close(file) }
    try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 16) { buffer in
      while true {
        let count = Glibc.read(file, buffer.baseAddress, buffer.count)
        if count == 0 { return }
        if count > 0 {
          try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } else if errno != EINTR {
          throw FileError(path: path, operation: "read", code: errno)
        }
      }
    }
  }

  static func writeAtomically(parts: [[UInt8]], to path: String) throws {
    try writeAtomically(to: path) { write in
      for part in parts { try part.withUnsafeBytes(write) }
    }
  }

  /// Writes pieces as they are made, so that the path holds either what it held before or all of them.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - body: Calls its argument with each piece, in order.
  /// - Throws: `FileError`, and what the body throws.
  package static func writeAtomically(
    to path: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let mark = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
    let temporary = "\(folder)/.\(name).\(mark).tmp"

    let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL, for: "write", path)
    do {
      defer { close(file) }
      try body { try write($0, to: file, path) }
      try check(fsync(file), path)
      try check(rename(temporary, path), path)
    } catch {
      unlink(temporary)
      throw error
    }
    let directory = try open(folder, O_RDONLY | O_DIRECTORY, for: "write", path)
    defer { close(directory) }
    // Some network file systems sync no folders and say so with EINVAL.
    if fsync(directory) != 0, errno != EINVAL {
      throw FileError(path: path, operation: "write", code: errno)
    }
  }

  private static func open(
    _ path: String, _ flags: Int32, for operation: String, _ named: String
  ) throws -> Int32 {
    let file = Glibc.open(path, flags | O_CLOEXEC, 0o666)
    if file < 0 { throw FileError(path: named, operation: operation, code: errno) }
    return file
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw FileError(path: path, operation: "write", code: errno)
      }
    }
  }

  private static func check(_ code: Int32, _ path: String) throws {
    if code != 0 { throw FileError(path: path, operation: "write", code: errno) }
  }
}
