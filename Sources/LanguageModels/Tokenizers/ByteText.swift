/// Bytes as a key: two texts are the same where their bytes are, unlike Swift's strings.
struct ByteText: Hashable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// The letters by which GPT-2's byte-level vocabulary writes bytes.
///
/// Printable bytes of Latin-1 stand for themselves, the others for U+0100 and up (Radford et al., 2019,
/// `bytes_to_unicode` in `encoder.py`).
enum ByteAlphabet {
  /// The letter of each byte.
  static let letters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt32(0)...255).map { byte in
      if (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte) {
        return Unicode.Scalar(byte) ?? "?"
      }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  private static let bytes = Dictionary(
    uniqueKeysWithValues: letters.enumerated().map { ($0.element, UInt8($0.offset)) })

  /// The bytes that a piece of a byte-level vocabulary stands for; nil where a letter is none of the
  /// alphabet.
  static func bytes(of piece: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(piece.utf8.count)
    for scalar in piece.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}
