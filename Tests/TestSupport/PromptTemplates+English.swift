import Foundation
public import Prompts

extension Wording {
  /// The repository's `prompts/english.txt`.
  public static let english = repository("english")
  /// The repository's `prompts/chat.txt`.
  public static let chat = repository("chat")
  /// The repository's `prompts/plain.txt`.
  public static let plain = repository("plain")

  private static func repository(_ name: String) -> Wording {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "prompts/\(name).txt")
    do {
      return try Wording(contentsOf: file.path)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}

extension PromptTemplates {
  /// Templates in the repository's English wording.
  public init(
    ratingScale: [Float], maximumHistory: Int = 62, maximumSimilar: Int = 10,
    maximumHints: Int = 10
  ) {
    self.init(
      wording: .english, ratingScale: ratingScale, maximumHistory: maximumHistory,
      maximumSimilar: maximumSimilar, maximumHints: maximumHints)
  }
}
