/// What happens to a text before it is cut.
enum Normalizer: Sendable, Equatable {
  /// The text stays.
  case none
  /// SentencePiece's: spaces become U+2581; where `prepends`, one stands before every text as well.
  case marksSpaces(prepends: Bool)

  /// U+2581 "▁", by which SentencePiece writes a space.
  static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  func normalize(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .none: return text
    case .marksSpaces(let prepends):
      let marked = Self.markingSpaces(text[...])
      return prepends && !text.isEmpty ? Self.mark + marked : marked
    }
  }

  /// A text whose spaces are marks.
  static func markingSpaces(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + 16)
    for byte in text {
      if byte == UInt8(ascii: " ") {
        result.append(contentsOf: mark)
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
