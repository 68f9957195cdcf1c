/// Bytes that are not sound zstd frames.
///
/// Offsets count the compressed bytes from 0.
public enum ZstdError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The first bytes are not those of a zstd frame.
  case notZstd(found: [UInt8])
  /// The bytes end within the frame that starts at the offset.
  case truncated(frameAt: Int, end: Int)
  /// The frame cannot be decompressed.
  case damaged(frameAt: Int, reason: String)
  /// The frame decompresses, but not to the bytes it was made from.
  case wrongChecksum(frameAt: Int)
  /// Something follows the last frame that is not a frame.
  case trailingGarbage(at: Int, count: Int)
  /// The seek table disagrees with the frames before it.
  case wrongSeekTable(at: Int, reason: String)
  /// The decompressed size is over the limit; a size of nil means it was not announced.
  case tooLarge(found: UInt64?, limit: Int)

  public var description: String {
    switch self {
    case .notZstd(let found):
      "found \(found.isEmpty ? "an empty file" : "the first bytes " + hexadecimal(found)), "
        + "expected a zstd frame (28 b5 2f fd)"
    case .truncated(let frame, let end):
      "found the end of the file at byte \(end), expected the rest of the zstd frame that starts "
        + "at byte \(frame)"
    case .damaged(let frame, let reason):
      "found a damaged zstd frame at byte \(frame) (\(reason)), expected a sound one"
    case .wrongChecksum(let frame):
      "found other data than the checksum of the zstd frame at byte \(frame) expected"
    case .trailingGarbage(let offset, let count):
      "found \(count) bytes at byte \(offset) that are no zstd frame, expected the end of the file"
    case .wrongSeekTable(let offset, let reason):
      "found a seek table at byte \(offset) that \(reason), expected one that matches the frames"
    case .tooLarge(let found, let limit):
      "found \(found.map { "\($0)" } ?? "more") bytes of decompressed data, expected at most "
        + "\(limit)"
    }
  }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
