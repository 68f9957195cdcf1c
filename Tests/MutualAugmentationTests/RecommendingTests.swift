import Datasets
import Evaluation
import LanguageModels
import MutualAugmentation
import Prompts
import Tensors
import TestSupport
import Testing

@Suite struct RecommendingTests {
  /// Users 0 and 2 are alike; 8 items.
  private let train = histories([[0, 1], [2], [1, 3, 0]], itemCount: 8)
  private let choice = BlendChoice(
    mode: .listwise, candidates: CandidateChoice(.both, 2), utility: .positions,
    aggregation: AdaptiveAggregation(alpha1: 0.5, alpha2: 0.5), isUniform: false, metric: 0.1)

  private func recommending(
    allows: [Bool] = [Bool](repeating: true, count: 8), isRepeatable: Bool = false, count: Int = 3
  ) -> Recommending {
    Recommending(
      choice: choice, mode: .listwise, candidates: CandidateChoice(.both, 2), train: train,
      writer: PromptWriter(
        templates: PromptTemplates(ratingScale: [1]), train: train,
        userEmbeddings: Matrix(rows: 3, columns: 2, values: [1, 0, 0, 1, 1, 0])),
      count: count, allows: allows, isRepeatable: isRepeatable)
  }

  /// The model likes items by their number; the backbone lists 4 and 5 for everybody and scores an item by minus its
  /// number.
  private func lists(_ recommending: Recommending) async throws -> [Recommendations.List] {
    let model = ItemModel((0..<8).map { Float($0) - 10 })
    let scores = try await recommending.candidates(
      backbone: .init(
        length: 2, items: [4, 5, 4, 5, 4, 5], recommender: [-4, -5, -4, -5, -4, -5]),
      ownLength: 2, model: model, progress: { users, _, body in try await body(0..<users) },
      score: { $0.map { $0 < 0 ? 0 : -Float($0) } })
    return recommending.lists(scores, users: ["a", "b", "c"])
  }

  @Test func `lists are both sides' candidates, blended by each user's weight`() async throws {
    let lists = try await lists(recommending())
    #expect(lists.map(\.user) == ["a", "b", "c"])
    #expect(lists.map(\.interactions) == [2, 1, 3])
    // User b has the thinnest history: α = 0.5; user c the longest: 0.5 · 0.5. Candidates 4, 5, 7, 6: the backbone
    // ranks them 1, 2, 4, 3 and the model 4, 3, 1, 2.
    #expect(lists[1].alpha == 0.5)
    #expect(lists[2].alpha == 0.25)
    // b: −2.5 each, so the union's order decides: 4, 5, then 7 before 6.
    #expect(lists[1].entries.map(\.item) == [4, 5, 7])
    // c: 4 −1.75, 5 −2.25, 6 −2.75, 7 −3.25.
    #expect(lists[2].entries.map(\.item) == [4, 5, 6])
    #expect(lists[2].entries.map(\.score) == [-1.75, -2.25, -2.75])
    #expect(lists[2].entries.map(\.source) == [.backbone, .backbone, .languageModel])
    #expect(lists[2].entries.map(\.recommenderScore) == [-4, -5, -6])
    #expect(lists[2].entries.map(\.languageModelScore) == [-6, -5, -4])
    // Of the candidates 4, 5, 6, 7 the backbone puts the lowest first, the model the highest.
    #expect(lists[2].entries.map(\.recommenderRank) == [1, 2, 3])
    #expect(lists[2].entries.map(\.languageModelRank) == [4, 3, 2])
    #expect(
      lists[0].shown == [0, 1] && lists[0].similar == [1, 3, 0] && lists[0].hints == [4, 5])
    #expect(lists[1].similar == [0, 1], "all are as far from b; the first is taken")
  }

  @Test func `what a user has is never listed, unless it may be repeated`() async throws {
    let model = recommending(count: 8)
    for (user, list) in try await lists(model).enumerated() {
      #expect(Set(train.items(of: user)).isDisjoint(with: list.entries.map(\.item)))
    }
    let full = Recommending(
      choice: choice, mode: .listwise, candidates: CandidateChoice(.both, 2),
      train: histories([[7], [2], [1]], itemCount: 8),
      writer: PromptWriter(
        templates: PromptTemplates(ratingScale: [1]),
        train: histories([[7], [2], [1]], itemCount: 8),
        userEmbeddings: Matrix(rows: 3, columns: 0)), count: 8,
      allows: [Bool](repeating: true, count: 8), isRepeatable: true)
    #expect(try await lists(full)[0].entries.map(\.item).contains(7))
  }

  @Test func `filters leave items out of both sides' lists, and lists may get short`() async throws
  {
    var allows = [Bool](repeating: false, count: 8)
    allows[5] = true
    allows[6] = true
    let lists = try await lists(recommending(allows: allows))
    #expect(lists.allSatisfy { Set($0.entries.map(\.item)) == [5, 6] })
  }

  @Test func `users without a history get the most interacted items that may be listed`() {
    var allows = [Bool](repeating: true, count: 8)
    allows[0] = false
    let lists = recommending(allows: allows).popularLists(for: ["x", "y"])
    #expect(lists.map(\.user) == ["x", "y"])
    #expect(lists[0].entries.map(\.item) == [1, 2, 3])
    #expect(lists[0].entries.map(\.score) == [2, 1, 1])
    #expect(lists[0].entries.allSatisfy { $0.source == .popular })
  }

  @Test func `a choice is told in words and read back`() {
    var uniform = choice
    uniform.isUniform = true
    uniform.aggregation.alpha2 = 0
    var rating = choice
    rating.mode = nil
    rating.candidates = nil
    for choice in [choice, uniform, rating] {
      #expect(BlendChoice(words: choice.words) == choice)
    }
    for (name, word) in [
      ("prompts", "other"), ("mode", "none"), ("blend", "x"), ("alpha1", "nan"), ("alpha1", "2"),
      ("alpha2", "-1"),
      ("candidates", "both"), ("candidates", "both, 0"), ("candidates", "all, 50"),
      ("validation", "?"),
    ] {
      var words = choice.words
      words[name] = word
      #expect(BlendChoice(words: words) == nil, "\(name) \(word)")
    }
  }

  private let catalogue = Entities(
    ids: ["i1", "i2", "i3"], titles: ["A", "B", "C"],
    attributes: [
      Attribute(name: "genres", isNumeric: false, values: [["Drama"], ["Drama", "War"], []])
    ])

  @Test func `items are kept and dropped by attribute values and ids`() throws {
    func allows(
      exclude: [String] = [], keep: [String] = [], drop: [String] = []
    ) throws -> [Bool] {
      try ItemFilter(catalogue, exclude: exclude, keep: keep, drop: drop).allows
    }
    #expect(try allows() == [true, true, true])
    #expect(try allows(keep: ["genres=Drama"]) == [true, true, false])
    #expect(try allows(keep: ["genres=Drama"], drop: ["genres=War"]) == [true, false, false])
    #expect(try allows(exclude: ["i1"], drop: ["genres=War"]) == [false, false, true])
  }

  @Test(
    arguments: [
      ("i4", nil, "exclude: found item i4 (did you mean 'i1'?), expected an id of the catalogue"),
      (
        nil, "genre=War",
        "keep: found attribute genre (did you mean 'genres'?), expected one of genres"
      ),
      (nil, "War", "keep: found War, expected ATTRIBUTE=VALUE"),
      (
        nil, "genres=Wars",
        "keep: found genres=Wars, which no item has (did you mean 'War'?), expected one of the 2 values of genres"
      ),
      (
        "i2", "genres=War",
        "keep, drop and exclude: found no item that all of them allow, expected some"
      ),
    ] as [(String?, String?, String)])
  func `a filter that names what is not there is refused`(
    exclude: String?, keep: String?, message: String
  ) {
    let error = #expect(throws: ItemFilterError.self) {
      try ItemFilter(
        catalogue, exclude: exclude.map { [$0] } ?? [], keep: keep.map { [$0] } ?? [], drop: [])
    }
    #expect(error?.description == message)
  }
}
