import Glibc

/// Reading and writing whole files.
public enum Files {
  /// The most bytes that a reader takes in unless told otherwise: 8 GiB.
  public static let standardLimit = 8 << 30

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

  /// Reads a file in pieces of at most 1 MiB, which live as long as the call.
  ///
  /// Throws `FileError`, and what the body throws.
  public static func readPieces(
    _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    // Opening a pipe would wait for somebody to write into it, and a device need never end.
    let file = try open(path, O_RDONLY | O_NONBLOCK, for: "read", path)
    defer { close(file) }
    var status = stat()
    try check(fstat(file, &status), path, "read")
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, operation: "read", problem: .notRegular)
    }
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

  /// Writes bytes that lie in several pieces, one behind another.
  ///
  /// Throws `FileError`.
  public static func writeAtomically(parts: [[UInt8]], to path: String) throws {
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
  public static func writeAtomically(
    to path: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let folder = folder(of: path)
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    let mark = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
    let temporary = "\(folder)/.\(name).\(mark).tmp"

    let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL, for: "write", path)
    do {
      defer { close(file) }
      try body { try writeAll($0, to: file, path: path) }
      try check(fsync(file), path)
      try check(Glibc.rename(temporary, path), path)
    } catch {
      unlink(temporary)
      throw error
    }
    try syncFolder(of: path)
  }

  /// Writes all bytes to an open file, however many calls it takes.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - file: An open descriptor.
  ///   - path: The file's name in errors.
  /// - Throws: `FileError`; some of the bytes may then be written.
  public static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: Int32, path: String
  ) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw FileError(path: path, operation: "write", code: errno)
      }
    }
  }

  /// Forces a file's bytes to the disk.
  ///
  /// Throws `FileError`.
  public static func sync(_ path: String) throws {
    let file = try open(path, O_RDONLY, for: "sync", path)
    defer { close(file) }
    try check(fsync(file), path, "sync")
  }

  /// Renames within a file system, and syncs the folder that the new name is in.
  ///
  /// Throws `FileError`.
  public static func rename(_ source: String, to target: String) throws {
    try check(Glibc.rename(source, target), target)
    try syncFolder(of: target)
  }

  /// Appends one line and forces it to the disk; a torn last line is closed first.
  ///
  /// Throws `FileError`.
  public static func append(line: String, to path: String) throws {
    let file = try open(path, O_RDWR | O_APPEND | O_CREAT, for: "write", path)
    defer { close(file) }
    var text = line + "\n"
    var last: UInt8 = 0
    let length = lseek(file, 0, SEEK_END)
    if length > 0, pread(file, &last, 1, length - 1) == 1, last != UInt8(ascii: "\n") {
      text = "\n" + text
    }
    try Array(text.utf8).withUnsafeBytes { try writeAll($0, to: file, path: path) }
    try check(fsync(file), path)
  }

  /// Whether something has this name, be it a link to nothing or a file that cannot be read.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether two names lead to one file.
  public static func areOne(_ first: String, _ second: String) -> Bool {
    var one = stat()
    var other = stat()
    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev
      && one.st_ino == other.st_ino
  }

  /// Makes a folder, with those above it, where missing.
  ///
  /// Throws `FileError`.
  public static func makeFolder(_ path: String) throws(FileError) {
    var end = path.startIndex
    repeat {
      end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
      let folder = String(path[..<end])
      if mkdir(folder, 0o777) != 0, errno != EEXIST {
        throw FileError(path: folder, operation: "make", problem: .system(code: errno))
      }
    } while end < path.endIndex
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(path: path, operation: "make", problem: .system(code: ENOTDIR))
    }
  }

  private static func syncFolder(of path: String) throws {
    let folder = folder(of: path)
    let directory = try open(folder, O_RDONLY | O_DIRECTORY, for: "sync", folder)
    defer { close(directory) }
    // Some network file systems sync no folders and say so with EINVAL.
    if fsync(directory) != 0, errno != EINVAL {
      throw FileError(path: folder, operation: "sync", code: errno)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func open(
    _ path: String, _ flags: Int32, for operation: String, _ named: String
  ) throws -> Int32 {
    let file = Glibc.open(path, flags | O_CLOEXEC, 0o666)
    if file < 0 { throw FileError(path: named, operation: operation, code: errno) }
    return file
  }

  private static func check(
    _ code: Int32, _ path: String, _ operation: String = "write"
  ) throws(FileError) {
    if code != 0 { throw FileError(path: path, operation: operation, code: errno) }
  }
}
