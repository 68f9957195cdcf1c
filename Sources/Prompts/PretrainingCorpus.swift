public import Datasets
public import Foundations
public import LanguageModels

/// The text from which the embedded model learns its language: histories, ratings and the catalogue,
/// of training interactions only.
public struct PretrainingCorpus: Sendable {
  let templates: PromptTemplates
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
  ///   - catalogue: Titles and attributes.
  ///   - train: The training interactions.
  ///   - window: Titles of history a text at most; half as many with their ratings.
  ///   - includesRatings: Whether windows of ratings are part of it.
  public init(
    templates: PromptTemplates, catalogue: Entities, train: Histories, window: Int,
    includesRatings: Bool
  ) {
    self.templates = templates
    self.catalogue = catalogue
    self.train = train
    self.window = window
    // Ratings that are all alike teach nothing.
    self.includesRatings = includesRatings && train.ratings.contains { $0 != train.ratings[0] }
    attributes = catalogue.attributes.filter { $0.values.contains { !$0.isEmpty } }
  }

  /// The texts of one epoch; windows begin at another place each time.
  public func texts(using random: inout SeededRandom) -> [TrainingText] {
    var result = historyWindows(using: &random)
    if includesRatings { result += ratingWindows(using: &random) }
    result += catalogueStatements(using: &random)
    return result
  }

  /// Each user's titles, cut into windows of random phase; every title is a target.
  public func historyWindows(using random: inout SeededRandom) -> [TrainingText] {
    let head = templates.ranking(history: [Int32]())
    return windows(width: window, using: &random) { range in
      var text = TrainingText()
      text.read(head)
      text.learn(Prompt(train.items[range].map(Prompt.Segment.item)))
      return text
    }
  }

  /// Titles each followed by the user's rating; the ratings are targets.
  public func ratingWindows(using random: inout SeededRandom) -> [TrainingText] {
    windows(width: max(1, window / 2), using: &random) { range in
      var text = TrainingText()
      text.read(templates.ratingsHead)
      for position in range {
        text.read(Prompt([.item(train.items[position])]))
        text.learn(Prompt([.text(templates.answer(forRating: train.ratings[position]))]))
      }
      return text
    }
  }

  /// What each title that has words is called, and groups of five items with one attribute, as in worked examples.
  public func catalogueStatements(using random: inout SeededRandom) -> [TrainingText] {
    var result: [TrainingText] = []
    for item in 0..<catalogue.count where catalogue.hasWords(item) {
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
  private func statement(_ prompts: [Prompt]) -> TrainingText {
    var text = TrainingText()
    for segment in prompts.flatMap(\.segments) {
      switch segment {
      case .item: text.read(Prompt([segment]))
      case .text: text.learn(Prompt([segment]))
      }
    }
    return text
  }

  /// Cuts every user's positions into windows that begin at a random phase.
  private func windows(
    width: Int, using random: inout SeededRandom, make: (Range<Int>) -> TrainingText
  ) -> [TrainingText] {
    var result: [TrainingText] = []
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

extension TitleVocabulary {
  /// A catalogue in words.
  ///
  /// Pieces come from titles and attributes, a title is described by its name and the values of its attributes that are
  /// no numbers. An identifier in the place of a title is no name: without attributes such an item has no description.
  public init(catalogue: Entities, templates: PromptTemplates) {
    let described = catalogue.attributes.filter { !$0.isNumeric }
    self.init(
      texts: (0..<catalogue.count).filter(catalogue.hasWords).map { catalogue.titles[$0] }
        + described.flatMap { attribute in
          attribute.values.flatMap { $0.map { templates.words(ofValue: $0) } }
        } + catalogue.attributes.map { templates.words(ofAttribute: $0.name) },
      words: templates.words,
      descriptions: (0..<catalogue.count).map { item in
        (catalogue.hasWords(item) ? " \(catalogue.titles[item])" : "")
          + described.flatMap { $0.values[item] }.map { " \($0)" }.joined()
      })
  }
}
