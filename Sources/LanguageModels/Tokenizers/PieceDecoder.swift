/// How pieces become text again.
enum PieceDecoder: Sendable, Equatable {
  /// The pieces' bytes behind one another.
  case byteLevel
  /// SentencePiece's: marks are spaces, byte pieces in a row are UTF-8 or one U+FFFD each; at most
  /// `stripping` spaces at the beginning vanish.
  case sentencePiece(stripping: Int)

  /// One token to decode.
  struct Piece {
    /// What is written, or what a byte-level piece stands for.
    var bytes: [UInt8]
    /// The byte that a byte-fallback piece stands for.
    var byte: UInt8?
  }

  func text(of pieces: [Piece]) -> String {
    switch self {
    case .byteLevel:
      return String(decoding: pieces.flatMap(\.bytes), as: UTF8.self)
    case .sentencePiece(let stripping):
      var text = ""
      var bytes: [UInt8] = []
      func flush() {
        guard !bytes.isEmpty else { return }
        text +=
          String(validating: bytes, as: UTF8.self)
          ?? String(repeating: "\u{FFFD}", count: bytes.count)
        bytes = []
      }
      for piece in pieces {
        if let byte = piece.byte {
          bytes.append(byte)
        } else {
          flush()
          for scalar in String(decoding: piece.bytes, as: UTF8.self).unicodeScalars {
            text.unicodeScalars.append(scalar == "\u{2581}" ? " " : scalar)
          }
        }
      }
      flush()
      let spaces = text.unicodeScalars.prefix(stripping).prefix { $0 == " " }.count
      return String(text.unicodeScalars.dropFirst(spaces))
    }
  }
}
