import Datasets
import Foundations
import LanguageModels
import Prompts
import Tensors
import TestSupport
import Testing

@Suite struct CorpusTests {
  private let templates = PromptTemplates(ratingScale: [1, 2, 3])
  private let catalogue = Entities(
    ids: (0..<16).map { "i\($0)" }, titles: (0..<16).map { "Film \($0)" },
    attributes: [
      Attribute(
        name: "genres", isNumeric: false,
        values: (0..<16).map { $0 % 4 == 3 ? [] : $0 % 4 == 2 ? ["Drama", "War"] : ["Drama"] }),
      Attribute(name: "year", isNumeric: true, values: (0..<16).map { ["\(1990 + $0)"] }),
      Attribute(name: "empty", isNumeric: false, values: [[String]](repeating: [], count: 16)),
    ])
  /// Items 14 and 15 are somebody's validation and test items, and in nobody's training history.
  private let train = histories(
    [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9], [], [10, 11, 12, 13, 0]],
    ratings: [[1, 2, 3, 1, 2, 3, 1, 2], [3, 3], [], [1, 1, 2, 2, 3]], itemCount: 16)
  private func corpus(window: Int = 3, ratings: Bool = true) -> PretrainingCorpus {
    PretrainingCorpus(
      templates: templates, catalogue: catalogue, train: train, window: window,
      includesRatings: ratings)
  }

  @Test
  func `items without words are neither named nor described, and equal ratings teach nothing`() {
    let catalogue = Entities(
      ids: ["b1", "b2", "The Matrix", "b4"], titles: ["b1", "Lamp", "The Matrix", "b4"],
      attributes: [
        Attribute(name: "kind", isNumeric: false, values: [["Oak"], [], [], []])
      ])
    let vocabulary = TitleVocabulary(catalogue: catalogue, templates: templates)
    #expect(vocabulary.descriptions == [" Oak", " Lamp", " The Matrix", ""])
    #expect(!vocabulary.texts.contains { $0.contains("b1") || $0.contains("b4") })
    let corpus = PretrainingCorpus(
      templates: templates, catalogue: catalogue,
      train: histories([[0, 1], [2, 3]], ratings: [[1, 1], [1, 1]], itemCount: 4), window: 3,
      includesRatings: true)
    var random = SeededRandom(seed: 1)
    let texts = corpus.texts(using: &random)
    // Two histories, two names and the kind of one item.
    #expect(texts.count == 5)
  }

  private func items(_ text: TrainingText) -> [Int32] {
    text.segments.compactMap { if case .item(let item) = $0 { item } else { nil } }
  }

  /// A text with its items as numbers.
  private func words(_ text: TrainingText) -> String {
    text.segments.map { segment in
      switch segment {
      case .item(let item): "⟨\(item)⟩"
      case .text(let words): words
      }
    }.joined()
  }

  /// Whether exactly the items are learned, or exactly the words.
  private func learns(items: Bool, _ text: TrainingText) -> Bool {
    zip(text.segments, text.isTarget).allSatisfy { segment, isTarget in
      if case .item = segment { isTarget == items } else { isTarget != items }
    }
  }

  @Test func `each training interaction is one target an epoch, in windows of the history`() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<20 {
      let windows = corpus().historyWindows(using: &random)
      // Each user's windows stand behind one another.
      #expect(windows.flatMap(items) == train.items)
      for window in windows {
        let titles = items(window)
        #expect((1...3).contains(titles.count))
        #expect(words(window) == "history:" + titles.map { "⟨\($0)⟩" }.joined())
        #expect(learns(items: true, window))
      }
    }
  }

  @Test func `windows begin at every phase, and a short history is one window`() {
    var random = SeededRandom(seed: 3)
    var first = Set<Int>()
    for _ in 0..<60 {
      let windows = corpus().historyWindows(using: &random).map(items)
      first.insert(windows[0].count)
      #expect(windows.contains([8, 9]))
      // After the first, all of a user's windows but the last are full.
      let own = windows.prefix { $0[0] < 8 }
      #expect(own.dropFirst().dropLast().allSatisfy { $0.count == 3 })
    }
    #expect(first == [1, 2, 3])
  }

  @Test func `windows of ratings have each rating as a target once`() {
    var random = SeededRandom(seed: 4)
    let windows = corpus(window: 4).ratingWindows(using: &random)
    #expect(windows.flatMap(items) == train.items)
    for window in windows { #expect((1...2).contains(items(window).count)) }
    let targets = windows.flatMap { zip($0.segments, $0.isTarget).filter(\.1).map(\.0) }
    #expect(targets == train.ratings.map { .text(templates.answer(forRating: $0)) })
    #expect(words(windows[0]).hasPrefix("ratings:⟨0⟩ 1"))
  }

  @Test func `held-out interactions are in no window`() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<5 {
      for window in corpus().historyWindows(using: &random) + corpus().ratingWindows(using: &random)
      {
        #expect(items(window).allSatisfy { $0 < 14 })
      }
    }
  }

  @Test func `an epoch has histories, ratings where wanted, and the catalogue`() {
    var (a, b) = (SeededRandom(seed: 6), SeededRandom(seed: 6))
    let all = corpus().texts(using: &a)
    let parts =
      corpus().historyWindows(using: &b) + corpus().ratingWindows(using: &b)
      + corpus().catalogueStatements(using: &b)
    #expect(all == parts)
    let without = corpus(ratings: false).texts(using: &a).map(words)
    #expect(!without.contains { $0.hasPrefix("ratings:") })
    #expect(without.contains { $0.hasPrefix("history:") })
  }

  @Test func `every title is named, and every attribute stated, five items together`() {
    var random = SeededRandom(seed: 7)
    let statements = corpus(window: 60).catalogueStatements(using: &random)
    let texts = statements.map(words)
    for item in 0..<16 { #expect(texts.contains("⟨\(item)⟩ is Film \(item)")) }
    let genres = statements.filter { words($0).contains(" genres:") }
    // Twelve items have a genre; the attribute without values is left out.
    #expect(genres.map { items($0).count }.sorted() == [2, 5, 5])
    #expect(genres.flatMap(items).sorted() == (0..<16).filter { $0 % 4 != 3 })
    #expect(texts.contains { $0.contains("⟨0⟩ year: 1990") })
    #expect(!texts.contains { $0.contains("empty") })
    for statement in statements { #expect(learns(items: false, statement)) }
  }

  @Test func `a title is described by its name and its attribute values`() {
    let vocabulary = TitleVocabulary(catalogue: catalogue, templates: templates)
    #expect(vocabulary.words == templates.words)
    #expect(vocabulary.descriptions[2] == " Film 2 Drama War")
    // Numbers describe nothing, and a missing value adds nothing.
    #expect(vocabulary.descriptions[3] == " Film 3")
    #expect(Set(vocabulary.texts).isSuperset(of: ["Film 7", " War", " genres:", " year:"]))
    #expect(!vocabulary.texts.contains(" 1990"))
  }
}
