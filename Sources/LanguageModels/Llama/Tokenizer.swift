/// Turns prompts into tokens: byte-pair pieces for text, one token for each catalogue title.
///
/// Ids in order: `<s>`, `</s>`, 256 bytes, the merges, whole words of the prompt templates, the titles.
/// An answer that must be a title token can only be a real item.
public struct Tokenizer: Sendable, Equatable {
  /// Begins every prompt.
  public static let start: Int32 = 0
  /// Ends an answer.
  public static let end: Int32 = 1
  private static let firstPiece: Int32 = 2

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
    let first = Tokenizer.firstPiece + 256 + Int32(encoding.merges.count)
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

  /// The token of item 0; item i has this plus i.
  public var firstTitle: Int32 {
    Tokenizer.firstPiece + 256 + Int32(encoding.merges.count + words.count)
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
        ?? encoding.encode(word: word).map { $0 + Tokenizer.firstPiece }
    }
  }

  /// The tokens of a prompt, without `<s>`.
  public func encode(_ prompt: Prompt) -> [Int32] {
    prompt.segments.flatMap { segment -> [Int32] in
      switch segment {
      case .text(let text): encode(text)
      case .item(let item): [token(ofItem: item)]
      }
    }
  }

  /// The text of tokens; a title token reads `⟨item⟩`, `<s>` and `</s>` vanish.
  public func decode(_ tokens: [Int32]) -> String {
    var bytes: [UInt8] = []
    for token in tokens {
      if let item = item(ofToken: token) {
        bytes += Array("⟨\(item)⟩".utf8)
      } else if token >= firstTitle - Int32(words.count) {
        bytes += Array(words[Int(token - firstTitle) + words.count].utf8)
      } else if token >= Tokenizer.firstPiece {
        bytes += encoding.bytes(of: token - Tokenizer.firstPiece)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
