/// Writes prompts and answers in words, for a model that knows no catalogue, and cuts them into its tokens.
///
/// An item is its title in quotes; of two items in a row the first ends with a comma. An answer ends with what
/// would stand behind it, so that one answer may be the beginning of another: the comma after a title, the
/// quote after a word that another answer goes on from, in a conversation the end of the assistant's turn after either.
struct PromptText: Sendable {
  /// How the model is asked.
  enum Style: Sendable {
    /// A text to go on with.
    case completion
    /// A conversation: the prompt is the user's turn, the answer the assistant's.
    case chat(ChatFormat, system: String?)
  }

  /// A branch as tokens.
  struct Question: Sendable, Equatable {
    /// What is read before the answers; never empty.
    var read: [Int32]
    var answers: [[Int32]]
  }

  let tokenizer: any Tokenizer
  let style: Style
  /// The longest prompt with its answer, in tokens.
  let contextLength: Int
  /// As they stand in a text.
  let titles: [String]

  /// Changes with the way in which prompts and answers are written, so that no kept answer to other words is
  /// taken for one to these.
  static let version = 1

  /// What follows a text that another answer goes on from.
  static let answerEnd = " \""

  init(tokenizer: any Tokenizer, style: Style, contextLength: Int, titles: [String]) {
    self.tokenizer = tokenizer
    self.style = style
    self.contextLength = contextLength
    self.titles = titles.map(\.quotable)
  }

  // MARK: Tokens

  /// The branches of a query as tokens.
  ///
  /// Where one does not fit the context, the prompt loses whole segments from its beginning, in all
  /// branches the same.
  ///
  /// - Parameter query: What is asked.
  /// - Returns: A question a branch, and how many titles the prompt lost.
  func questions(_ query: ScoringQuery) -> (questions: [Question], cut: Int) {
    var prompt = query.prompt.segments[...]
    while true {
      let questions = query.branches.map { question(Prompt(Array(prompt)), $0) }
      let lengths = questions.map { $0.read.count + ($0.answers.map(\.count).max() ?? 0) }
      let length = lengths.max() ?? 0
      let lost = query.prompt.segments.dropLast(prompt.count).count(where: \.isItem)
      guard length > contextLength else { return (questions, lost) }
      guard !prompt.isEmpty else {
        let rest = questions.map { question in
          let longest = question.answers.map(\.count).max() ?? 0
          return Question(
            read: question.read.suffix(max(1, contextLength - longest)), answers: question.answers)
        }
        return (rest, lost)
      }
      // About as many segments as tokens are too many, and not more.
      let share = (length - contextLength) * prompt.count / (2 * length)
      prompt = prompt.dropFirst(max(1, share))
    }
  }

  private func question(_ prompt: Prompt, _ branch: ScoringQuery.Branch) -> Question {
    let isItem = branch.answers.first?.beginsWithItem ?? false
    let read = read(prompt + branch.context, beforeItem: isItem)
    var answers = branch.answers.map { tokens(ofAnswer: $0, isEnded: false) }
    if Self.hasBeginningOfAnother(answers) {
      answers = branch.answers.map { tokens(ofAnswer: $0, isEnded: true) }
    }
    precondition(answers.allSatisfy { !$0.isEmpty }, "an answer without tokens")
    return Question(read: read, answers: answers)
  }

  private static func hasBeginningOfAnother(_ answers: [[Int32]]) -> Bool {
    let sorted = Set(answers).sorted { $0.lexicographicallyPrecedes($1) }
    return zip(sorted, sorted.dropFirst()).contains { $1.starts(with: $0) }
  }

  /// What is read before an answer.
  func read(_ prompt: Prompt, beforeItem: Bool) -> [Int32] {
    let tokens: [Int32]
    switch style {
    case .completion:
      tokens =
        tokenizer.prefix + tokenizer.encode(prompt.rendered(titles: titles, beforeItem: beforeItem))
    case .chat(let format, let system):
      let user = prompt.rendered(titles: titles)
      let messages: [ChatFormat.Message] =
        (system.map { [.init(.system, $0)] } ?? [])
        + [.init(.user, String(user.drop { $0 == " " }))]
      tokens = tokenizer.encode(format.parts(messages))
    }
    // Something must stand before the first token that is asked for.
    return tokens.isEmpty ? tokenizer.encode("\n") : tokens
  }

  /// The tokens of an answer.
  ///
  /// - Parameters:
  ///   - answer: What is answered.
  ///   - isEnded: Whether a text must end with what would follow; titles and turns always do.
  /// - Returns: What stands behind `read(_:beforeItem:)`.
  func tokens(ofAnswer answer: Prompt, isEnded: Bool) -> [Int32] {
    switch style {
    case .completion:
      let isItem = answer.endsWithItem
      let words = answer.rendered(titles: titles, beforeItem: isItem)
      return continuation([.text(words + (isEnded && !isItem ? Self.answerEnd : ""))])
    case .chat(let format, _):
      let words = answer.rendered(titles: titles)
      let turn = format.answer(String(words.drop { $0 == " " }))
      return continuation(isEnded || answer.endsWithItem ? turn : Self.words(of: turn))
    }
  }

  /// A turn without its end; all of it where nothing else is in it.
  private static func words(of turn: [TextPart]) -> [TextPart] {
    guard case .text(let text) = turn.first else { return turn }
    let words = String(text.reversed().drop { $0 == " " }.reversed())
    return words.isEmpty ? turn : [.text(words)]
  }

  /// The tokens of what stands within a text, not at its beginning, where some tokenizers add a space.
  func continuation(_ parts: [TextPart]) -> [Int32] {
    var anchor = "\n"
    if case .text(let words) = parts.first, words.hasPrefix(" ") { anchor = "a" }
    let before = tokenizer.encode(anchor)
    let whole = tokenizer.encode([.text(anchor)] + parts)
    return whole.starts(with: before)
      ? Array(whole.dropFirst(before.count)) : tokenizer.encode(parts)
  }
}

extension Prompt {
  fileprivate var beginsWithItem: Bool { segments.first?.isItem ?? false }
  var endsWithItem: Bool { segments.last?.isItem ?? false }
}

extension String {
  /// The words without line breaks and control characters, which could end a part of a prompt.
  package var onOneLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: " "
          default: scalar
          }
        }))
  }

  /// The words of a title that cannot end its own quotes or line.
  package var quotable: String { onOneLine.replacing("\"", with: "'") }
}
