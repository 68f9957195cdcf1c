/// Tokens that are found in a text before anything else looks at it.
struct AddedTokens: Sendable {
  struct Token: Sendable, Equatable {
    var id: Int32
    /// As it is written.
    var content: String
    /// Whether it controls the model; text never becomes such a token.
    var isControl: Bool
    /// Whether it takes the white space before or after it along.
    var takesSpaceBefore = false
    var takesSpaceAfter = false
    /// Whether it is looked for in normalised text.
    var isNormalized = false
  }

  /// A stretch of a text: a token, or bytes that are none.
  struct Span: Equatable {
    let range: Range<Int>
    let token: Int32?
  }

  let tokens: [Token]
  /// Written forms by their first byte, the longest first.
  private let plain: [UInt8: [(bytes: [UInt8], token: Token)]]
  private let normalized: [UInt8: [(bytes: [UInt8], token: Token)]]

  /// Takes the tokens of a vocabulary.
  ///
  /// - Parameters:
  ///   - tokens: Each with a number of its own.
  ///   - normalizer: What the text is put through before normalised tokens are looked for.
  init(_ tokens: [Token], normalizer: Normalizer) {
    self.tokens = tokens
    func table(_ isNormalized: Bool) -> [UInt8: [(bytes: [UInt8], token: Token)]] {
      let written = tokens.filter { $0.isNormalized == isNormalized && !$0.content.isEmpty }
        .map { token in
          let bytes = Array(token.content.utf8)
          return (bytes: isNormalized ? normalizer.normalize(bytes) : bytes, token: token)
        }
      return Dictionary(grouping: written) { $0.bytes[0] }
        .mapValues { $0.sorted { $0.bytes.count > $1.bytes.count } }
    }
    plain = table(false)
    normalized = table(true)
  }

  /// Cuts a text at its tokens: the leftmost first, of those that begin together the longest.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - isNormalized: Which tokens to look for.
  ///   - controls: Whether control tokens are recognised; else they are text.
  /// - Returns: Spans that cover the text in order; none is empty.
  func split(_ text: [UInt8], isNormalized: Bool, controls: Bool) -> [Span] {
    let table = isNormalized ? normalized : plain
    var spans: [Span] = []
    var start = 0
    var place = 0
    func close(at end: Int) {
      if start < end { spans.append(Span(range: start..<end, token: nil)) }
    }
    while place < text.count, !table.isEmpty {
      guard
        let found = table[text[place]]?.first(where: { text[place...].starts(with: $0.bytes) })
      else {
        place += 1
        continue
      }
      var end = place + found.bytes.count
      if controls || !found.token.isControl {
        var begin = place
        if found.token.takesSpaceBefore {
          begin = max(start, text.prefix(begin).trimmingSpaceAtEnd().endIndex)
        }
        if found.token.takesSpaceAfter { end = text[end...].trimmingSpaceAtStart().startIndex }
        close(at: begin)
        spans.append(Span(range: begin..<end, token: found.token.id))
        start = end
      }
      place = end
    }
    close(at: text.count)
    return spans
  }
}

extension ArraySlice<UInt8> {
  /// Without the white space that valid UTF-8 ends with.
  fileprivate func trimmingSpaceAtEnd() -> ArraySlice<UInt8> {
    let scalars = String(decoding: self, as: UTF8.self).unicodeScalars
    let space = scalars.reversed().prefix { $0.properties.isWhitespace }
    return dropLast(space.reduce(0) { $0 + UTF8.width($1) })
  }

  /// Without the white space that valid UTF-8 begins with.
  fileprivate func trimmingSpaceAtStart() -> ArraySlice<UInt8> {
    let scalars = String(decoding: self, as: UTF8.self).unicodeScalars
    let space = scalars.prefix { $0.properties.isWhitespace }
    return dropFirst(space.reduce(0) { $0 + UTF8.width($1) })
  }
}
