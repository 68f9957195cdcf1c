import Crypto

/// SHA-256 digests as 64 lowercase hexadecimal digits.
public enum Digest {
  /// The digest of bytes.
  public static func sha256(_ bytes: [UInt8]) -> String {
    hexadecimal(SHA256.hash(data: bytes))
  }

  /// The digest of the UTF-8 bytes of a string.
  public static func sha256(_ text: String) -> String { sha256(Array(text.utf8)) }

  /// The digest of a file as it lies on the disk, read in pieces.
  ///
  /// Throws `FileError`.
  public static func sha256(fileAt path: String) throws -> String {
    var hasher = Hasher()
    try Files.readPieces(path) { hasher.update($0) }
    return hasher.finalize()
  }

  /// Takes in bytes piece by piece.
  public struct Hasher: Sendable {
    private var state = SHA256()

    /// Makes a hasher that has seen nothing.
    public init() {}

    /// Takes in bytes.
    public mutating func update(_ bytes: [UInt8]) { state.update(data: bytes) }

    /// Takes in the UTF-8 bytes of a string.
    public mutating func update(_ text: String) { update(Array(text.utf8)) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }

    /// The digest of all bytes so far.
    public func finalize() -> String { hexadecimal(state.finalize()) }
  }
}

private func hexadecimal(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in digest {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
