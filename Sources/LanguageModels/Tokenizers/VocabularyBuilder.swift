/// Gathers a vocabulary from a file, checking every number, and makes a model of it.
struct VocabularyBuilder {
  /// The most tokens that a vocabulary may have.
  static let limit = 1 << 24

  let path: String
  /// Written forms by token.
  private(set) var texts: [String?] = []
  private var tokens: [ByteText: Int32] = [:]
  /// Tokens that text never becomes.
  var controls: Set<Int32> = []

  init(path: String) { self.path = path }

  /// Adds a token; the first of two with one written form counts.
  mutating func add(_ text: String, token: Int) throws {
    guard (0..<Self.limit).contains(token) else {
      throw CheckpointError(path, "found token number \(token), expected 0 to \(Self.limit - 1)")
    }
    while texts.count <= token { texts.append(nil) }
    texts[token] = text
    if tokens[ByteText(text)] == nil { tokens[ByteText(text)] = Int32(token) }
  }

  /// The token of a written form, or nil.
  func token(_ text: String) -> Int32? { tokens[ByteText(text)] }

  private func token(_ bytes: [UInt8]) -> Int32? { tokens[ByteText(bytes)] }

  /// A token of text; nil for control tokens.
  private func plainToken(_ text: String) -> Int32? {
    token(text).flatMap { controls.contains($0) ? nil : $0 }
  }

  /// Merges in the order of their ranks; none becomes a control token.
  ///
  /// - Parameter pairs: The written forms of both sides.
  /// - Returns: The table of a model.
  /// - Throws: `CheckpointError` where a side or the whole is no token.
  func merges(_ pairs: some Sequence<(String, String)>) throws -> [UInt64: BytePairModel.Merge] {
    var merges: [UInt64: BytePairModel.Merge] = [:]
    for (rank, (left, right)) in pairs.enumerated() {
      guard let a = token(left), let b = token(right), let both = token(left + right) else {
        throw CheckpointError(
          path, "merge \(rank): found '\(left)' and '\(right)', expected tokens that make a token")
      }
      if !controls.contains(both) {
        merges[BytePairModel.key(a, b)] = .init(rank: Int32(rank), piece: both)
      }
    }
    return merges
  }

  /// Merges of a SentencePiece vocabulary: any two pieces that make a piece, the best score first.
  ///
  /// - Parameters:
  ///   - scores: By token.
  ///   - isPiece: Whether a token is a piece of text.
  /// - Returns: The table of a model.
  func merges(scores: [Double], isPiece: (Int) -> Bool) -> [UInt64: BytePairModel.Merge] {
    let ranks = Dictionary(
      uniqueKeysWithValues: Set(scores).sorted(by: >).enumerated().map { ($1, Int32($0)) })
    var merges: [UInt64: BytePairModel.Merge] = [:]
    for (whole, text) in texts.enumerated() where isPiece(whole) {
      guard let text, let rank = ranks[scores[whole]] else { continue }
      let bytes = Array(text.utf8)
      for cut in bytes.indices.dropFirst() where bytes[cut] & 0xC0 != 0x80 {
        guard let left = token(Array(bytes[..<cut])), let right = token(Array(bytes[cut...])),
          isPiece(Int(left)), isPiece(Int(right))
        else { continue }
        merges[BytePairModel.key(left, right)] = .init(rank: rank, piece: Int32(whole))
      }
    }
    return merges
  }

  /// The pieces of single bytes in a byte-level vocabulary; −1 where it has none.
  var byteSymbols: [Int32] {
    ByteAlphabet.letters.map { plainToken(String($0)) ?? -1 }
  }

  /// The pieces of single characters.
  var characterSymbols: [UInt32: Int32] {
    var symbols: [UInt32: Int32] = [:]
    for case let text? in texts where text.unicodeScalars.count == 1 {
      guard let scalar = text.unicodeScalars.first, let token = plainToken(text) else { continue }
      symbols[scalar.value] = token
    }
    return symbols
  }

  /// The pieces `<0x00>` to `<0xFF>`; nil unless all are there.
  var byteFallback: [Int32]? {
    let tokens = Self.byteNames.compactMap(token(_:))
    return tokens.count == 256 ? tokens : nil
  }

  private static let byteNames = (0..<256).map { byte in
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
  }

  /// Every piece of text of a byte-level vocabulary by the bytes that it stands for.
  var wholeWords: [ByteText: Int32] {
    var words: [ByteText: Int32] = [:]
    for (token, text) in texts.enumerated() where !controls.contains(Int32(token)) {
      if let text, let bytes = ByteAlphabet.bytes(of: text) {
        words[ByteText(bytes)] = Int32(token)
      }
    }
    return words
  }

  /// What each token decodes to.
  ///
  /// - Parameter isByteLevel: Whether pieces are written in the byte alphabet.
  /// - Returns: By token.
  func pieces(isByteLevel: Bool) -> [PieceDecoder.Piece?] {
    let bytes = Dictionary(
      zip(Self.byteNames, 0...255).map { (ByteText($0), UInt8($1)) },
      uniquingKeysWith: { first, _ in first })
    return texts.map { text in
      guard let text else { return nil }
      if isByteLevel {
        return .init(bytes: ByteAlphabet.bytes(of: text) ?? Array(text.utf8))
      }
      return .init(bytes: Array(text.utf8), byte: bytes[ByteText(text)])
    }
  }
}
