/// Turns text into a model's tokens and back.
///
/// Text is text: a control token such as `<|im_end|>` only comes from `TextPart.control` or from
/// `encode(markup:)`, never from words that happen to look like one.
public protocol Tokenizer: Sendable {
  /// One more than the largest token.
  var vocabularySize: Int { get }

  /// What stands before a text by itself, such as the start of a sequence; often empty.
  var prefix: [Int32] { get }

  /// What stands after a text by itself; often empty.
  var suffix: [Int32] { get }

  /// The tokens of parts that follow one another, without prefix and suffix.
  ///
  /// Neighbouring texts are one text.
  func encode(_ parts: [TextPart]) -> [Int32]

  /// The tokens of a text written by the program itself, in which control tokens are recognised by their
  /// names; without prefix and suffix.
  func encode(markup: String) -> [Int32]

  /// The text of tokens; bytes that are no UTF-8 become U+FFFD.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of this vocabulary; others vanish.
  ///   - keepingControls: Whether control tokens appear by their names or vanish.
  /// - Returns: The text.
  func decode(_ tokens: [Int32], keepingControls: Bool) -> String

  /// The control token of a name, or nil.
  func controlToken(_ name: String) -> Int32?
}

/// A piece of what a model reads.
public enum TextPart: Sendable, Equatable {
  /// Words, whatever they look like.
  case text(String)
  /// A control token.
  case control(Int32)
}

extension Tokenizer {
  /// The tokens of a text alone, without prefix and suffix.
  public func encode(_ text: String) -> [Int32] { encode([.text(text)]) }

  /// The text of tokens without control tokens.
  public func decode(_ tokens: [Int32]) -> String { decode(tokens, keepingControls: false) }
}
