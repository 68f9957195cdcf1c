public import LanguageModels

extension Prompt {
  /// Mentions of items.
  public static func items(_ items: Int32...) -> Prompt { Prompt(items.map(Segment.item)) }

  /// Words.
  public static func text(_ text: String) -> Prompt { Prompt([.text(text)]) }
}
