public import Foundations

extension Files {
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
      throw FileError(path: path, operation: "read", problem: .compressed(reason: "\(error)"))
    }
  }
}
