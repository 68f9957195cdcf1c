import COpenSSL

/// SHA-256 digests as 64 lowercase hexadecimal digits; the one place that calls libcrypto.
public enum Digest {
  /// The digest of bytes.
  public static func sha256(_ bytes: [UInt8]) -> String {
    let hasher = Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// The digest of the UTF-8 bytes of a string.
  public static func sha256(_ text: String) -> String { sha256(Array(text.utf8)) }

  /// The digest of a file as it lies on the disk, read in pieces.
  ///
  /// Throws `FileError`.
  public static func sha256(fileAt path: String) throws -> String {
    let hasher = Hasher()
    try Files.readPieces(path) { hasher.update($0) }
    return hasher.finalize()
  }

  /// Takes in bytes piece by piece; `finalize` ends it.
  public final class Hasher {
    private let context: OpaquePointer

    /// Makes a hasher that has seen nothing.
    public init() {
      guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
      self.context = context
      require(EVP_DigestInit_ex(context, EVP_sha256(), nil))
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes in bytes.
    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// Takes in the UTF-8 bytes of a string.
    public func update(_ text: String) { update(Array(text.utf8)) }

    /// Takes in bytes.
    public func update(_ bytes: UnsafeRawBufferPointer) {
      require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// The digest of all bytes so far; nothing may be taken in after it.
    public func finalize() -> String {
      var digest = [UInt8](repeating: 0, count: 32)
      require(EVP_DigestFinal_ex(context, &digest, nil))
      return hexadecimal(digest)
    }
  }
}

/// Hashing bytes in memory fails only when memory runs out.
private func require(_ code: Int32) {
  precondition(code == 1, "libcrypto cannot compute SHA-256")
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
