/// What is said to a language model: text with mentions of catalogue items.
///
/// A mention is kept apart from the text, so that the embedded model reads it as one token and an answer
/// can only name an item that exists; other models read the item's title.
public struct Prompt: Sendable, Equatable, Hashable {
  public enum Segment: Sendable, Equatable, Hashable {
    case text(String)
    /// Row of the catalogue.
    case item(Int32)

    var isItem: Bool { if case .item = self { true } else { false } }
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

  /// The prompt in words: titles in quotes, and commas between those that follow one another.
  ///
  /// - Parameters:
  ///   - titles: Of every item of the catalogue.
  ///   - beforeItem: Whether another title will follow, so that the last one ends with a comma, too.
  /// - Returns: Text for models that do not know this catalogue's tokens.
  public func rendered(titles: [String], beforeItem: Bool = false) -> String {
    var text = ""
    for (index, segment) in segments.enumerated() {
      switch segment {
      case .text(let words): text += words
      case .item(let item):
        let isFollowed = index + 1 < segments.count ? segments[index + 1].isItem : beforeItem
        text += " \"\(titles[Int(item)])\"" + (isFollowed ? "," : "")
      }
    }
    return text
  }
}
