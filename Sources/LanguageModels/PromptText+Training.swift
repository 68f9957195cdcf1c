extension PromptText {
  /// A text to learn as tokens: what is read as `questions(_:)` reads it, what is learned as it scores it.
  ///
  /// In a conversation the answer begins with what is learned first. Of a text that is too long the end is kept.
  ///
  /// - Parameters:
  ///   - text: What is read and what is learned.
  ///   - learnsEveryTitle: Whether titles that are only read are targets, too; in a conversation they are not,
  ///     because the user says them.
  /// - Returns: Tokens and which of them are targets.
  func sequence(of text: TrainingText, learnsEveryTitle: Bool = false) -> TrainingSequence {
    switch style {
    case .completion: completion(spans(text, learnsEveryTitle: learnsEveryTitle))
    case .chat(let format, _): conversation(spans(text, learnsEveryTitle: false), format)
    }
  }

  /// Segments in a row that are all targets or all not.
  private struct Span {
    var prompt: Prompt
    let isTarget: Bool
    /// Whether a title, or the end, stands behind it.
    var beforeItem: Bool
  }

  private func spans(_ text: TrainingText, learnsEveryTitle: Bool) -> [Span] {
    var spans: [Span] = []
    for (index, segment) in text.segments.enumerated() {
      let isTarget = text.isTarget[index] || (learnsEveryTitle && segment.isItem)
      let isFollowed =
        index + 1 == text.segments.count ? segment.isItem : text.segments[index + 1].isItem
      if spans.last?.isTarget == isTarget {
        spans[spans.count - 1].prompt.segments.append(segment)
        spans[spans.count - 1].beforeItem = isFollowed
      } else {
        spans.append(Span(prompt: Prompt([segment]), isTarget: isTarget, beforeItem: isFollowed))
      }
    }
    return spans
  }

  private func completion(_ spans: [Span]) -> TrainingSequence {
    var tokens = Tokens(tokenizer.prefix, contextLength)
    for (index, span) in spans.enumerated() {
      let isEnded = index == spans.count - 1 && span.isTarget
      let words =
        span.prompt.rendered(titles: titles, beforeItem: span.beforeItem)
        + (isEnded && !span.beforeItem ? Self.answerEnd : "")
      let pieces = index == 0 ? tokenizer.encode(words) : continuation([.text(words)])
      tokens.append(pieces, isTarget: span.isTarget)
    }
    return tokens.sequence
  }

  private func conversation(_ spans: [Span], _ format: ChatFormat) -> TrainingSequence {
    let read = spans.prefix { !$0.isTarget }
    let asked = read.reduce(into: Prompt()) { $0 += $1.prompt }
    var tokens = Tokens(self.read(asked, beforeItem: false), contextLength)
    for index in spans.indices.dropFirst(read.count) {
      let span = spans[index]
      let isLast = index == spans.count - 1
      var words = span.prompt.rendered(titles: titles, beforeItem: span.beforeItem && !isLast)
      if index == read.count { words = String(words.drop { $0 == " " }) }
      let parts = isLast ? format.answer(words) : [.text(words)]
      tokens.append(continuation(parts), isTarget: span.isTarget)
    }
    return tokens.sequence
  }

  /// Tokens that are appended, the first ones always kept.
  private struct Tokens {
    private let first: [Int32]
    private let limit: Int
    private var tokens: [Int32] = []
    private var isTarget: [Bool] = []

    init(_ first: [Int32], _ contextLength: Int) {
      self.first = first
      limit = max(1, contextLength - first.count)
    }

    mutating func append(_ pieces: [Int32], isTarget: Bool) {
      tokens += pieces
      self.isTarget += pieces.map { _ in isTarget }
    }

    var sequence: TrainingSequence {
      TrainingSequence(
        tokens: (first + tokens.suffix(limit)).suffix(limit + first.count),
        isTarget: (first.map { _ in false } + isTarget.suffix(limit)).suffix(limit + first.count))
    }
  }
}
