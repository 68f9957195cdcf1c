internal import LanguageModels

/// A branch's answers as questions whose answers are told apart by their first token.
///
/// Short answers without a common first letter are asked for as they are; others, titles first, are lettered.
struct LetteredOptions {
  private let words: [String]
  /// Nil where the answers are asked for as they are.
  private let lettered: OptionOrders?

  /// Cuts a branch into questions.
  ///
  /// - Parameters:
  ///   - branch: What is asked.
  ///   - most: Options of a question at most.
  ///   - render: Words of an answer.
  init(_ branch: ScoringQuery.Branch, most: Int, _ render: (Prompt) -> String) {
    words = branch.answers.map(render)
    let firsts = Set(words.map { $0.first { !$0.isWhitespace }?.lowercased() })
    let isTold =
      firsts.count == words.count && words.count <= most && !words.contains { $0.contains("\"") }
    lettered = isTold ? nil : OptionOrders(count: words.count, most: most, seed: 0)
  }

  /// How many questions.
  var count: Int { lettered?.questions.count ?? (words.isEmpty ? 0 : 1) }

  /// The options, where there are any, and what is to be answered.
  func text(_ question: Int, end: String) -> String {
    guard let lettered else { return "" }
    return zip(OptionOrders.letters, lettered.questions[question]).map { letter, place in
      "\n\(letter).\(words[place].first == " " ? "" : " ")\(words[place])"
    }.joined() + end
  }

  /// What the server may answer.
  func answers(_ question: Int) -> [String] {
    lettered.map { Array(OptionOrders.letters.prefix($0.questions[question].count)) } ?? words
  }

  /// The answers' scores from those of the questions' answers.
  func scores(_ found: [[Float]]) -> [Float] {
    lettered?.scores(found) ?? found.first ?? []
  }
}
