public import Foundations
internal import LanguageModels

/// The words of every prompt, read from a file such as `prompts/english.txt`.
///
/// The file has a section for each part of a prompt: a line `[NAME]`, then one line, the part's text, whose
/// slots in braces are filled when a prompt is written. Spaces at a text's beginning count, `\n` is a line break. Empty
/// lines, and lines that begin with `#`, are for readers of the file.
public struct Wording: Sendable, Equatable {
  /// What a part of a prompt may name.
  enum Slot: String, CaseIterable {
    case history, similar, hints, item, title, rating, estimate, attribute, value, letter, options
  }

  /// A section of the file; special words are numbered in this order.
  enum Part: String, CaseIterable {
    case history
    case historyAfterHints = "history after hints"
    case ratings
    case ratingsAfterHints = "ratings after hints"
    case similar = "similar user"
    case recommender
    case candidate
    case yes
    case no
    case title
    case estimate
    case rating
    case attribute
    case value = "attribute value"
    case listwiseTask = "task listwise"
    case pointwiseTask = "task pointwise"
    case ratingTask = "task rating"
    case listwiseQuestion = "question listwise"
    case ratingQuestion = "question rating"
    case optionsQuestion = "question options"
    case option

    /// The slots that the part's text must have, each once.
    var slots: [Slot] {
      switch self {
      case .history, .historyAfterHints, .ratings, .ratingsAfterHints: [.history]
      case .similar: [.similar]
      case .recommender: [.hints]
      case .candidate: [.item]
      case .title: [.item, .title]
      case .estimate: [.estimate]
      case .rating: [.rating]
      case .attribute: [.item, .attribute]
      case .value: [.value]
      case .ratingQuestion: [.item]
      case .optionsQuestion: [.options]
      case .option: [.letter, .item]
      case .yes, .no, .listwiseTask, .pointwiseTask, .ratingTask, .listwiseQuestion: []
      }
    }

    /// Whether a file may do without: questions in words are for models that were not trained on this wording, to
    /// which an answer simply follows the history.
    var isOptional: Bool {
      switch self {
      case .listwiseQuestion, .ratingQuestion, .optionsQuestion, .option: true
      default: false
      }
    }

    /// Whether the model reads the part; tasks are for models that were not trained on this wording.
    var isRead: Bool {
      switch self {
      case .listwiseTask, .pointwiseTask, .ratingTask: false
      default: true
      }
    }
  }

  /// What fills a slot.
  enum Filling {
    /// Part of the text around it.
    case words(String)
    /// Segments of their own.
    case segments([Prompt.Segment])

    static func items(_ items: some Sequence<Int32>) -> Filling {
      .segments(items.map(Prompt.Segment.item))
    }
  }

  fileprivate enum Piece: Equatable {
    case words(String)
    case slot(Slot)
  }

  /// The whole file.
  public let text: String
  private let parts: [Part: [Piece]]

  /// Reads a file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `FileError`; `WordingError` where a section or a slot is missing, unknown or given twice.
  public init(contentsOf path: String) throws {
    try self.init(String(decoding: Files.readStored(path), as: UTF8.self), path: path)
  }

  /// Reads a file's text; `path` is what errors call it.
  public init(_ text: String, path: String) throws(WordingError) {
    var reader = WordingReader(path: path)
    let lines = text.drop { $0 == "\u{FEFF}" }
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for line in lines { try reader.read(line) }
    parts = try reader.finish()
    self.text = text
  }

  /// Whether the file has an optional part.
  func has(_ part: Part) -> Bool { parts[part] != nil }

  /// A part with its slots filled; a slot without a filling stays empty.
  func callAsFunction(_ part: Part, _ fillings: [Slot: Filling] = [:]) -> Prompt {
    var prompt = Prompt()
    var words = ""
    func flush() {
      if !words.isEmpty { prompt.append(words) }
      words = ""
    }
    for piece in parts[part] ?? [] {
      switch piece {
      case .words(let text): words += text
      case .slot(let slot):
        switch fillings[slot] {
        case nil: break
        case .words(let text): words += text
        case .segments(let segments):
          flush()
          prompt.segments += segments
        }
      }
    }
    flush()
    return prompt
  }

  /// A part without items, as one text.
  func words(_ part: Part, _ fillings: [Slot: Filling] = [:]) -> String {
    self(part, fillings).segments
      .map { if case .text(let text) = $0 { text } else { "" } }.joined()
  }

  /// The words that the model reads in every prompt, each once: letters first, then marks.
  var specialWords: [String] {
    var seen = Set<String>()
    let words = Part.allCases.filter(\.isRead).flatMap { parts[$0] ?? [] }
      .flatMap { piece -> [String] in
        guard case .words(let text) = piece else { return [] }
        return CatalogueTokenizer.wordsBeforeMerging(text)
      }
      .filter { word in !word.allSatisfy(\.isWhitespace) && seen.insert(word).inserted }
    func isMark(_ word: String) -> Bool { !word.contains { $0.isLetter || $0.isNumber } }
    return words.filter { !isMark($0) } + words.filter(isMark)
  }
}

extension Wording: Codable {
  /// Reads the whole file's text, as `encode(to:)` wrote it.
  public init(from decoder: any Decoder) throws {
    try self.init(
      decoder.singleValueContainer().decode(String.self), path: "the model's prompts")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A file of prompts that cannot be used.
public struct WordingError: DataError, Equatable, CustomStringConvertible {
  public let path: String
  /// 1-based.
  public let line: Int
  public let found: String
  public let expected: String
  public var isDataError: Bool { true }
  public var description: String { "\(path):\(line): found \(found), expected \(expected)" }

  public init(path: String, line: Int, found: String, expected: String) {
    self.path = path
    self.line = line
    self.found = found
    self.expected = expected
  }
}

/// Takes a file's lines one by one.
private struct WordingReader {
  let path: String
  private var line = 0
  private var parts: [Wording.Part: [Wording.Piece]] = [:]
  /// The section whose text is to come, or came.
  private var section: (part: Wording.Part, hasText: Bool)?

  init(path: String) { self.path = path }

  mutating func read(_ text: Substring) throws(WordingError) {
    line += 1
    if text.first == "#" || text.allSatisfy(\.isWhitespace) { return }
    if text.first == "[" {
      try endSection()
      section = (try part(named: text), false)
      return
    }
    guard let part = section?.part, section?.hasText == false else {
      throw error("'\(text)'", expected: "[NAME] before it: a section has one line")
    }
    parts[part] = try pieces(of: text, part)
    section = (part, true)
  }

  mutating func finish() throws(WordingError) -> [Wording.Part: [Wording.Piece]] {
    try endSection()
    for part in Wording.Part.allCases where parts[part] == nil && !part.isOptional {
      throw error("the end", expected: "a section [\(part.rawValue)]")
    }
    return parts
  }

  private func endSection() throws(WordingError) {
    if let section, !section.hasText {
      throw error("no text", expected: "one line for [\(section.part.rawValue)]")
    }
  }

  private func part(named text: Substring) throws(WordingError) -> Wording.Part {
    guard text.last == "]" else { throw error("'\(text)'", expected: "[NAME]") }
    let name = String(text.dropFirst().dropLast())
    guard let part = Wording.Part(rawValue: name) else {
      let names = Wording.Part.allCases.map { "[\($0.rawValue)]" }.joined(separator: ", ")
      throw error("[\(name)]", expected: "one of \(names)")
    }
    guard parts[part] == nil else {
      throw error("[\(name)] a second time", expected: "each section once")
    }
    return part
  }

  /// Cuts a text at its slots.
  private func pieces(
    of text: Substring, _ part: Wording.Part
  ) throws(WordingError) -> [Wording.Piece] {
    let allowed = part.slots.map { "{\($0.rawValue)}" }.joined(separator: " and ")
    let expected = allowed.isEmpty ? "a text without slots" : "\(allowed), each once"
    var pieces: [Wording.Piece] = []
    let text = text.replacing("\\n", with: "\n")
    var rest = text[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      if brace > rest.startIndex { pieces.append(.words(String(rest[..<brace]))) }
      guard rest[brace] == "{",
        let end = rest[rest.index(after: brace)...].firstIndex(where: { $0 == "{" || $0 == "}" }),
        rest[end] == "}"
      else { throw error("'\(rest[brace])' without its other half", expected: expected) }
      let name = String(rest[rest.index(after: brace)..<end])
      guard let slot = Wording.Slot(rawValue: name), part.slots.contains(slot),
        !pieces.contains(.slot(slot))
      else { throw error("{\(name)} in [\(part.rawValue)]", expected: expected) }
      pieces.append(.slot(slot))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.words(String(rest))) }
    for slot in part.slots where !pieces.contains(.slot(slot)) {
      throw error("no {\(slot.rawValue)} in [\(part.rawValue)]", expected: expected)
    }
    if part.slots == [.history], pieces.last != .slot(.history) {
      throw error(
        "words after {history} in [\(part.rawValue)]",
        expected: "{history} at the end, because what comes next follows it")
    }
    return pieces
  }

  private func error(_ found: String, expected: String) -> WordingError {
    WordingError(path: path, line: line, found: found, expected: expected)
  }
}
