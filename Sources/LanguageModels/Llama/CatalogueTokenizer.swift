/// Turns prompts into tokens: byte-pair pieces for text, one token for each catalogue title.
///
/// Ids in order: `<s>`, `</s>`, 256 bytes, the merges, whole words of the prompt templates, the titles.
/// An answer that must be a title token can only be a real item.
public struct CatalogueTokenizer: Sendable, Equatable {
  /// Begins every prompt.
  public static let start: Int32 = 0
  /// Ends an answer.
  public static let end: Int32 = 1
  private static let firstPiece: Int32 = 2
  /// Composes titles that have no words: the byte 0, which occurs in no text.
  static let wordless = firstPiece

  let encoding: BytePairEncoding
  /// Words with a token of their own, such as " 4" or " watched".
  public let words: [String]
  /// Items of the catalogue.
  public let titleCount: Int
  private let wordTokens: [String: Int32]

  init(encoding: BytePairEncoding, words: [String], titleCount: Int) {
    self.encoding = encoding
    self.words = words
    self.titleCount = titleCount
    let first = Self.firstPiece + 256 + Int32(encoding.merges.count)
    wordTokens = Dictionary(
      zip(words, words.indices.map { first + Int32($0) }), uniquingKeysWith: { first, _ in first })
  }

  /// Learns the pieces.
  ///
  /// - Parameters:
  ///   - texts: What the pieces are learned from: titles and attributes.
  ///   - merges: How many merges at most.
  ///   - words: Words that get one token each, spelled with their leading space.
  ///   - titleCount: Items of the catalogue.
  public init(training texts: [String], merges: Int, words: [String], titleCount: Int) {
    precondition(Set(words).count == words.count, "template words repeat")
    self.init(
      encoding: BytePairEncoding(training: texts, merges: merges), words: words,
      titleCount: titleCount)
  }

  /// The words that a text is cut into before anything is merged; together they are the text.
  public static func wordsBeforeMerging(_ text: String) -> [String] {
    BytePairEncoding.words(of: text)
  }

  /// The token of item 0; item i has this plus i.
  public var firstTitle: Int32 {
    Self.firstPiece + 256 + Int32(encoding.merges.count + words.count)
  }

  public var vocabularySize: Int { Int(firstTitle) + titleCount }

  /// The token of an item.
  public func token(ofItem item: Int32) -> Int32 {
    precondition(item >= 0 && item < titleCount, "item \(item) of \(titleCount)")
    return firstTitle + item
  }

  /// The item that a token names, or nil.
  public func item(ofToken token: Int32) -> Int32? {
    token >= firstTitle && token < vocabularySize ? token - firstTitle : nil
  }

  /// The tokens of a text.
  ///
  /// A text that is one of `words` is its token, also where it would be cut, as " 3.5" would.
  public func encode(_ text: String) -> [Int32] {
    if let token = wordTokens[text] { return [token] }
    return BytePairEncoding.words(of: text).flatMap { word in
      wordTokens[word].map { [$0] }
        ?? encoding.encode(word: word).map { $0 + Self.firstPiece }
    }
  }

  /// The tokens of a prompt, without `<s>`.
  public func encode(_ prompt: Prompt) -> [Int32] {
    prompt.segments.flatMap(encode)
  }

  private func encode(_ segment: Prompt.Segment) -> [Int32] {
    switch segment {
    case .text(let text): encode(text)
    case .item(let item): [token(ofItem: item)]
    }
  }

  /// `<s>` and the tokens of a text to learn; of a text that is too long, the end.
  func sequence(of text: TrainingText, contextLength: Int) -> TrainingSequence {
    var tokens: [Int32] = []
    var isTarget: [Bool] = []
    for (segment, isLearned) in zip(text.segments, text.isTarget) {
      let pieces = encode(segment)
      tokens += pieces
      isTarget += pieces.map { _ in isLearned }
    }
    return TrainingSequence(
      tokens: [Self.start] + tokens.suffix(contextLength - 1),
      isTarget: [false] + isTarget.suffix(contextLength - 1))
  }

  /// For each token the tokens that compose it: a title's are the pieces of its description; none for others.
  ///
  /// Items without a word share the vector of one token, so that one that occurs once starts from what is common to
  /// them all.
  ///
  /// - Parameter descriptions: Each item in words, or an empty text.
  /// - Returns: `vocabularySize` lists, ascending.
  func composition(of descriptions: [String]) -> [[Int32]] {
    precondition(descriptions.count == titleCount, "a description for every title")
    return [[Int32]](repeating: [], count: vocabularySize - titleCount)
      + descriptions.map { $0.isEmpty ? [Self.wordless] : Array(Set(encode($0))).sorted() }
  }
}

extension CatalogueTokenizer: Tokenizer {
  private static let controls = ["<s>": start, "</s>": end]
  private static let marks = AddedTokens(
    controls.map { .init(id: $0.value, content: $0.key, isControl: true) }, normalizer: .none)

  public var prefix: [Int32] { [Self.start] }
  public var suffix: [Int32] { [] }

  public func controlToken(_ name: String) -> Int32? { Self.controls[name] }

  public func encode(_ parts: [TextPart]) -> [Int32] {
    var tokens: [Int32] = []
    var text = ""
    for part in parts {
      switch part {
      case .text(let words): text += words
      case .control(let token):
        tokens += encode(text) + [token]
        text = ""
      }
    }
    return tokens + encode(text)
  }

  public func encode(markup: String) -> [Int32] {
    let text = Array(markup.utf8)
    return Self.marks.split(text, isNormalized: false, controls: true).flatMap { span in
      span.token.map { [$0] } ?? encode(String(decoding: text[span.range], as: UTF8.self))
    }
  }

  /// A title token reads `⟨item⟩`.
  public func decode(_ tokens: [Int32], keepingControls: Bool) -> String {
    var bytes: [UInt8] = []
    for token in tokens where token >= 0 && token < vocabularySize {
      if let item = item(ofToken: token) {
        bytes += Array("⟨\(item)⟩".utf8)
      } else if token >= firstTitle - Int32(words.count) {
        bytes += Array(words[Int(token - firstTitle) + words.count].utf8)
      } else if token >= Self.firstPiece {
        bytes += encoding.bytes(of: token - Self.firstPiece)
      } else if keepingControls {
        bytes += Array((token == Self.start ? "<s>" : "</s>").utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
