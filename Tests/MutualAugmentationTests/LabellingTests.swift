import Datasets
import Foundation
import Foundations
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite struct LabellingTests {
  private static let scores: [Float] = {
    var random = SeededRandom(seed: 3)
    return (0..<20).map { _ in random.normal() }
  }()
  private let model = ItemModel(scores)
  private let templates = PromptTemplates(ratingScale: [1])
  /// User 1 is asked about; the others have other items.
  private let train = histories([[0], [3, 8, 11], [1, 2]], itemCount: 20)
  private var known: [Int32] { Array(train.items(of: 1)) }

  private func label(
    _ labelling: PreferenceLabelling, users: Range<Int> = 1..<2, seed: UInt64 = 1
  ) async throws -> [PreferenceLabelling.Label] {
    try await labelling.labels(
      of: users, train: train, templates: templates, model: model, seed: seed)
  }

  private func score(_ item: Int32) -> Float { Self.scores[Int(item)] }

  @Test(arguments: PairSource.allCases)
  func `the preferred item is the more likely one, by the share of its probability`(
    source: PairSource
  ) async throws {
    let labels = try await label(
      PreferenceLabelling(source: source, pairsPerUser: 80, topItems: 12))
    #expect(labels.count > 20)
    for label in labels {
      #expect(label.user == 1)
      let (a, b) = (exp(score(label.preferred)), exp(score(label.other)))
      #expect(a >= b && label.preferred != label.other)
      #expect(abs(label.confidence - a / (a + b)) < 1e-6)
      #expect(!known.contains(label.preferred) && !known.contains(label.other))
    }
    #expect(Set(labels.map { [$0.preferred, $0.other] }).count == labels.count)
    let prompts = model.ranked.map(\.prompt) + model.queries.map(\.prompt)
    #expect(prompts == [templates.ranking(history: known)])
  }

  @Test func `model-top takes both items from the model's first unknown items`() async throws {
    let top = Set(
      (0..<Int32(20)).filter { !known.contains($0) }.sorted { score($0) > score($1) }.prefix(5))
    let labels = try await label(
      PreferenceLabelling(source: .modelTop, pairsPerUser: 200, topItems: 5))
    #expect(labels.count == 10)
    #expect(Set(labels.flatMap { [$0.preferred, $0.other] }) == top)
    let uniform = try await label(
      PreferenceLabelling(source: .uniform, pairsPerUser: 999, topItems: 5))
    #expect(Set(uniform.flatMap { [$0.preferred, $0.other] }).count == 17)
  }

  @Test(arguments: PairSource.allCases)
  func `the seed and the user decide the pairs, not who is asked with them`(
    source: PairSource
  ) async throws {
    let labelling = PreferenceLabelling(source: source, pairsPerUser: 6, topItems: 9)
    let one = try await label(labelling)
    #expect(one.count <= 6)
    #expect(try await label(labelling, seed: 2) != one)
    let all = try await label(labelling, users: 0..<3)
    #expect(all.filter { $0.user == 1 } == one)
    #expect(all.map(\.user) == all.map(\.user).sorted())
  }

  @Test(arguments: PairSource.allCases)
  func `a user who knows all items but one gets no pair`(source: PairSource) async throws {
    let labels = try await PreferenceLabelling(source: source, pairsPerUser: 5, topItems: 2)
      .labels(
        of: 0..<1, train: histories([[0, 2]], itemCount: 3), templates: templates,
        model: ItemModel([-1, -2, -3]), seed: 1)
    #expect(labels.isEmpty)
  }

  @Test func `a model that cannot say enough is refused before it is asked`() async throws {
    let scripted = ScriptedModel(answer: { _ in 0 })
    let order = ScriptedModel(capabilities: .init(hasLogProbabilities: false)) { _ in [] }
    for (model, source) in [(scripted, PairSource.modelTop), (order, .uniform)] {
      await #expect(throws: UnsupportedByModel.self) {
        try await PreferenceLabelling(source: source, pairsPerUser: 5, topItems: 2).labels(
          of: 0..<3, train: train, templates: templates, model: model, seed: 1)
      }
      #expect(model.queries.isEmpty)
    }
  }

  @Test func `triples are the labels of enough confidence, with one weight`() {
    let labels = [
      PreferenceLabelling.Label(user: 1, preferred: 2, other: 3, confidence: 0.9),
      PreferenceLabelling.Label(user: 1, preferred: 4, other: 5, confidence: 0.89),
    ]
    #expect(
      PreferenceLabelling.pairs(from: labels, minimumConfidence: 0.9, weight: 0.3)
        == [PreferencePair(user: 1, preferred: 2, other: 3, weight: 0.3)])
  }
}

@Suite struct SequenceAugmentationTests {
  private typealias Insertion = SequenceAugmentation.Insertion
  private let templates = PromptTemplates(ratingScale: [1])

  private func insertions(
    _ augmentation: SequenceAugmentation, _ known: [[Int32]], scores: [Float], seed: UInt64 = 2
  ) async throws -> [Insertion] {
    try await augmentation.insertions(
      of: known.indices, train: histories(known, itemCount: scores.count), templates: templates,
      model: ItemModel(scores), seed: seed)
  }

  @Test func `the most likely of the drawn list is inserted, never a known item`() async throws {
    let scores = (0..<30).map { Float($0 == 4 ? 99 : -$0) }
    var positions = Set<Int32>()
    for seed in 0..<50 {
      // The list is all that is not known, so that the model's choices are its best two.
      let found = try await insertions(
        SequenceAugmentation(insertionsPerUser: 2, listLength: 99), [[7], [4, 0, 1]],
        scores: scores, seed: UInt64(seed))
      #expect(found.map(\.item) == [4, 0, 2, 3])
      #expect(found.map(\.user) == [0, 0, 1, 1])
      positions.formUnion(found.suffix(2).map(\.position))
    }
    #expect(positions == [0, 1, 2, 3])
  }

  @Test func `a short list is drawn at random`() async throws {
    let found = try await insertions(
      SequenceAugmentation(insertionsPerUser: 1, listLength: 3),
      [[Int32]](repeating: [9], count: 200), scores: (0..<10).map { Float($0) })
    // The best of three of nine is at least item 2.
    #expect(Set(found.map(\.item)) == Set(2...8))
  }

  @Test func `equal scores are decided by the lower item, and no item is left for a full user`()
    async throws
  {
    let found = try await insertions(
      SequenceAugmentation(insertionsPerUser: 3, listLength: 9), [[1, 3], [0, 1, 2, 3]],
      scores: [1, 1, 1, 1])
    #expect(found.map(\.item) == [0, 2])
  }

  @Test func `insertions stand before their positions, at both ends and in their order`() {
    let train = histories(
      [[1, 2], [], [3]], ratings: [[4, 5], [], [2]], itemCount: 10)
    let result = SequenceAugmentation.inserting(
      [
        Insertion(user: 2, item: 9, position: 1), Insertion(user: 0, item: 8, position: 2),
        Insertion(user: 0, item: 7, position: 0), Insertion(user: 0, item: 6, position: 1),
        Insertion(user: 0, item: 5, position: 1), Insertion(user: 1, item: 4, position: 0),
      ], into: train)
    #expect(result.offsets == [0, 6, 6, 8])
    #expect(result.items == [7, 1, 6, 5, 2, 8, 3, 9])
    #expect(result.ratings == [4, 4, 5, 5, 5, 5, 2, 2])
    #expect(result.times == [0, 0, 1, 1, 1, 1, 2, 2])
    #expect(result.itemCount == 10)
    #expect(SequenceAugmentation.inserting([], into: train) == train)
  }
}
