public import Datasets
public import Foundations
public import LanguageModels

/// The text from which the embedded model learns its language: histories, ratings and the catalogue,
/// of training interactions only.
public struct PretrainingCorpus: Sendable {
  let templates: PromptTemplates
  let tokenizer: Tokenizer
  let catalogue: Entities
  let train: Histories
  /// Titles in one window.
  let window: Int
  /// Whether windows of ratings are part of it.
  let includesRatings: Bool
  /// Attributes that are part of it, by name.
  let attributes: [Attribute]

  /// Prepares the corpus.
  ///
  /// - Parameters:
  ///   - templates: The wording.
  ///   - tokenizer: Trained on this catalogue.
  ///   - catalogue: Titles and attributes.
  ///   - train: The training interactions.
  ///   - window: Tokens of history a sequence at most.
  ///   - includesRatings: Whether windows of ratings are part of it.
  public init(
    templates: PromptTemplates, tokenizer: Tokenizer, catalogue: Entities, train: Histories,
    window: Int, includesRatings: Bool
  ) {
    self.templates = templates
    self.tokenizer = tokenizer
    self.catalogue = catalogue
    self.train = train
    self.window = window
    self.includesRatings = includesRatings
    attributes = catalogue.attributes.filter { $0.values.contains { !$0.isEmpty } }
  }

  /// The sequences of one epoch; windows begin at another place each time.
  public func sequences(using random: inout SeededRandom) -> [TrainingSequence] {
    var result = historyWindows(using: &random)
    if includesRatings { result += ratingWindows(using: &random) }
    result += catalogueStatements(using: &random)
    return result
  }

  /// Each user's titles, cut into windows of random phase; every title is a target.
  public func historyWindows(using random: inout SeededRandom) -> [TrainingSequence] {
    let head = [Tokenizer.start] + tokenizer.encode(templates.ranking(history: [Int32]()))
    return windows(width: window, using: &random) { range in
      let titles = train.items[range].map(tokenizer.token(ofItem:))
      return TrainingSequence(
        tokens: head + titles,
        isTarget: [Bool](repeating: false, count: head.count)
          + [Bool](repeating: true, count: titles.count))
    }
  }

  /// Titles each followed by the user's rating; the ratings are targets.
  public func ratingWindows(using random: inout SeededRandom) -> [TrainingSequence] {
    let head = [Tokenizer.start] + tokenizer.encode("ratings:")
    return windows(width: max(1, window / 2), using: &random) { range in
      var tokens = head
      var isTarget = [Bool](repeating: false, count: head.count)
      for position in range {
        tokens.append(tokenizer.token(ofItem: train.items[position]))
        isTarget.append(false)
        let rating = tokenizer.encode(templates.answer(forRating: train.ratings[position]))
        tokens += rating
        isTarget += rating.map { _ in true }
      }
      return TrainingSequence(tokens: tokens, isTarget: isTarget)
    }
  }

  /// What each title is called, and groups of five items with one attribute, as in worked examples.
  public func catalogueStatements(using random: inout SeededRandom) -> [TrainingSequence] {
    var result: [TrainingSequence] = []
    for item in 0..<catalogue.count {
      result.append(statement([templates.naming(item: Int32(item), title: catalogue.titles[item])]))
    }
    for attribute in attributes {
      var items = (0..<catalogue.count).filter { !attribute.values[$0].isEmpty }
      random.shuffle(&items)
      for start in stride(from: 0, to: items.count, by: 5) {
        result.append(
          statement(
            items[start..<min(start + 5, items.count)].map { item in
              let values = attribute.values[item]
              return templates.statement(
                of: attribute.name, value: values[random.below(values.count)], item: Int32(item))
            }))
      }
    }
    return result
  }

  /// Statements behind one another; everything that is text is a target.
  private func statement(_ prompts: [Prompt]) -> TrainingSequence {
    var tokens = [Tokenizer.start]
    var isTarget = [false]
    for segment in prompts.flatMap(\.segments) {
      let piece = tokenizer.encode(Prompt([segment]))
      tokens += piece
      switch segment {
      case .item: isTarget.append(false)
      case .text: isTarget += piece.map { _ in true }
      }
    }
    let limit = 2 * window
    return TrainingSequence(
      tokens: Array(tokens.prefix(limit)), isTarget: Array(isTarget.prefix(limit)))
  }

  /// Cuts every user's positions into windows that begin at a random phase.
  private func windows(
    width: Int, using random: inout SeededRandom, make: (Range<Int>) -> TrainingSequence
  ) -> [TrainingSequence] {
    var result: [TrainingSequence] = []
    for user in 0..<train.userCount {
      let range = train.range(of: user)
      guard !range.isEmpty else { continue }
      var start = range.lowerBound
      var end = range.count <= width ? range.upperBound : start + 1 + random.below(width)
      while start < range.upperBound {
        result.append(make(start..<min(end, range.upperBound)))
        start = end
        end += width
      }
    }
    return result
  }
}

extension Tokenizer {
  /// A tokenizer for a catalogue: pieces learned from titles and attributes, the templates' words, the titles.
  public init(catalogue: Entities, templates: PromptTemplates, merges: Int) {
    self.init(
      training: catalogue.titles
        + catalogue.attributes.filter { !$0.isNumeric }
        .flatMap { attribute in attribute.values.flatMap { $0.map { " \($0)" } } }
        + catalogue.attributes.map { " \($0.name):" },
      merges: merges, words: templates.words, titleCount: catalogue.count)
  }

  /// For each token the tokens that compose it: a title's words and attribute values; none for other tokens.
  public func composition(of catalogue: Entities) -> [[Int32]] {
    let described = catalogue.attributes.filter { !$0.isNumeric }
    let plain = [[Int32]](repeating: [], count: vocabularySize - catalogue.count)
    return plain
      + (0..<catalogue.count).map { item in
        let text =
          " \(catalogue.titles[item])"
          + described.flatMap { $0.values[item] }.map { " \($0)" }.joined()
        return Array(Set(encode(text))).sorted()
      }
  }
}
