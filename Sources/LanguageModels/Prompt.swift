/// What is said to a language model: text with mentions of catalogue items.
///
/// A mention is kept apart from the text, so that the embedded model reads it as one token and an answer
/// can only name an item that exists; other models read the item's title.
public struct Prompt: Sendable, Equatable, Hashable {
  public enum Segment: Sendable, Equatable, Hashable {
    case text(String)
    /// Row of the catalogue.
    case item(Int32)
  }

  public var segments: [Segment]

  public init(_ segments: [Segment] = []) { self.segments = segments }

  /// Appends text.
  public mutating func append(_ text: String) { segments.append(.text(text)) }

  /// Appends mentions of items, in order.
  public mutating func append(items: some Sequence<Int32>) {
    segments += items.map(Segment.item)
  }

  public static func + (first: Prompt, second: Prompt) -> Prompt {
    Prompt(first.segments + second.segments)
  }

  public static func += (first: inout Prompt, second: Prompt) {
    first.segments += second.segments
  }

  /// Plain text for models that do not know this catalogue's tokens: titles in quotes, separated by commas.
  public func rendered(titles: [String]) -> String {
    var text = ""
    var afterItem = false
    for segment in segments {
      switch segment {
      case .text(let words):
        text += words
        afterItem = false
      case .item(let item):
        text += (afterItem ? ", " : " ") + "\"\(titles[Int(item)])\""
        afterItem = true
      }
    }
    return text
  }
}
