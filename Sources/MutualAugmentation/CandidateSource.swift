/// Whose first items are a user's candidates (method section 6, "Candidates").
public enum CandidateSource: String, CaseIterable, Sendable {
  /// The backbone's, as published.
  case backbone
  /// The language model's own, from plain prompts.
  case languageModel = "language-model"
  /// The union of both.
  case both
}

/// A source and how many items of each side it takes, k′.
public struct CandidateChoice: Hashable, Sendable {
  public var source: CandidateSource
  public var count: Int

  public init(_ source: CandidateSource, _ count: Int) {
    self.source = source
    self.count = count
  }
}
