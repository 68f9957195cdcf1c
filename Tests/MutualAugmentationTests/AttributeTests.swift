import Datasets
import Foundations
import LanguageModels
import MutualAugmentation
import Prompts
import Tensors
import TestSupport
import Testing

@Suite struct AttributeTests {
  private let genres = Attribute(
    name: "genres", isNumeric: false,
    values: [["Drama"], ["War", "Drama"], [], ["Crime"], [], ["Drama"]])

  private func augmentation(examples: Int = 2, answers: Int = 64) -> AttributeAugmentation {
    AttributeAugmentation(
      templates: PromptTemplates(ratingScale: [1]),
      catalogue: Entities(
        ids: (0..<6).map { "m\($0)" }, titles: (0..<6).map { "Film \($0)" }, attributes: [genres]),
      examples: examples, answers: answers)
  }

  @Test func `gaps get the model's answer, and what is known stays`() async throws {
    // Of item 2 the model says "War", of all others "Crime".
    let model = ScriptedModel { query in
      let liked = query.prompt.items.last == 2 ? " War" : " Crime"
      return query.branches.map { $0.answers.map { $0 == .text(liked) ? -1 : -2 } }
    }
    var random = SeededRandom(seed: 1)
    let filled = try #require(
      try await augmentation().completing(genres, with: model, using: &random))
    #expect(filled.name == "llm-genres")
    #expect(filled.isNumeric == false)
    #expect(
      filled.values == [["Drama"], ["War"], ["War"], ["Crime"], ["Crime"], ["Drama"]])
  }

  @Test func `only values that exist can be answered, the most frequent first`() async throws {
    let model = ScriptedModel { $0.branches.map { $0.answers.map { _ in 0 } } }
    var random = SeededRandom(seed: 1)
    // Of equals the first: the most frequent value.
    let filled = try await augmentation(answers: 2).completing(genres, with: model, using: &random)
    #expect(filled?.values[2] == ["Drama"])
    #expect(model.queries.count == 2)
    for query in model.queries {
      #expect(query.branches == [.init(answers: [.text(" Drama"), .text(" Crime")])])
    }
  }

  @Test func `worked examples are true statements about other items`() async throws {
    let model = ScriptedModel { $0.branches.map { $0.answers.map { _ in 0 } } }
    var random = SeededRandom(seed: 5)
    _ = try await augmentation(examples: 3).completing(genres, with: model, using: &random)
    for (query, item) in zip(model.queries, [2, 4] as [Int32]) {
      #expect(query.prompt.items.count == 4)
      #expect(query.prompt.items.last == item)
      let segments = query.prompt.segments
      for (index, segment) in segments.enumerated().dropLast(2) {
        guard case .item(let shown) = segment else { continue }
        #expect(segments[index + 1] == .text(" genres:"))
        #expect(
          genres.values[Int(shown)].contains { segments[index + 2] == .text(" \($0)") })
      }
      #expect(segments.last == .text(" genres:"))
    }
  }

  @Test func `nothing missing or nothing known gives nothing`() async throws {
    let model = ScriptedModel { _ in [] }
    var random = SeededRandom(seed: 1)
    for values in [[["a"], ["b"]], [[], []]] as [[[String]]] {
      let attribute = Attribute(name: "x", isNumeric: false, values: values)
      #expect(try await augmentation().completing(attribute, with: model, using: &random) == nil)
    }
    #expect(model.queries.isEmpty)
  }

  @Test func `a companion is the likeliest well-known title, never the item itself`() async throws {
    // The model's favourite is item 3, then 1; the best known are 1, 3 (as often, but later) and 5.
    let model = ScriptedModel(answer: { $0 == .items(3) ? -1 : $0 == .items(1) ? -2 : -3 })
    let companions = try await augmentation(answers: 3)
      .companions(frequencies: [1, 7, 2, 7, 0, 3], with: model)
    #expect(companions.name == "companion")
    #expect(companions.values == [["m3"], ["m3"], ["m3"], ["m1"], ["m3"], ["m3"]])
    #expect(model.queries.map(\.prompt) == (0..<6).map { .text("history:") + .items($0) })
    #expect(model.queries[0].branches == [.init(answers: [.items(1), .items(3), .items(5)])])
  }
}
