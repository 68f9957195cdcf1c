import Datasets
import Foundation
import Foundations
import MutualAugmentation
import Recommenders
import Tensors
import Testing

@Suite struct LabellingTests {
  /// Scores of items 0 to 19 in the middle of a longer array, as a row of a matrix would be.
  private let scores: ArraySlice<Float> = {
    var random = SeededRandom(seed: 3)
    return ([9] + (0..<20).map { _ in random.normal() } + [9])[1..<21]
  }()
  private let known: ArraySlice<Int32> = [99, 3, 8, 11][1...]

  private func label(
    _ labelling: PreferenceLabelling, seed: UInt64 = 1
  ) -> [PreferenceLabelling.Label] {
    var random = SeededRandom(seed: seed)
    return labelling.label(user: 7, logProbabilities: scores, known: known, using: &random)
  }

  private func score(_ item: Int32) -> Float { scores[scores.startIndex + Int(item)] }

  @Test(arguments: PairSource.allCases)
  func `the preferred item is the more likely one, by the share of its probability`(
    source: PairSource
  ) {
    let labels = label(PreferenceLabelling(source: source, pairsPerUser: 80, topItems: 12))
    #expect(labels.count > 20)
    for label in labels {
      #expect(label.user == 7)
      let (a, b) = (exp(score(label.preferred)), exp(score(label.other)))
      #expect(a >= b && label.preferred != label.other)
      #expect(abs(label.confidence - a / (a + b)) < 1e-6)
      #expect(!known.contains(label.preferred) && !known.contains(label.other))
    }
    #expect(Set(labels.map { [$0.preferred, $0.other] }).count == labels.count)
  }

  @Test func `model-top takes both items from the model's first unknown items`() {
    let top = Set(
      (0..<Int32(20)).filter { !known.contains($0) }.sorted { score($0) > score($1) }.prefix(5))
    let labels = label(
      PreferenceLabelling(source: .modelTop, pairsPerUser: 200, topItems: 5))
    #expect(labels.count == 10)
    #expect(Set(labels.flatMap { [$0.preferred, $0.other] }) == top)
    let uniform = label(PreferenceLabelling(source: .uniform, pairsPerUser: 999, topItems: 5))
    #expect(Set(uniform.flatMap { [$0.preferred, $0.other] }).count == 17)
  }

  @Test func `the seed decides the pairs`() {
    let labelling = PreferenceLabelling(source: .uniform, pairsPerUser: 6, topItems: 2)
    #expect(label(labelling) == label(labelling))
    #expect(label(labelling) != label(labelling, seed: 2))
    #expect(label(labelling).count <= 6)
  }

  @Test func `a user who knows all items but one gets no pair`() {
    var random = SeededRandom(seed: 1)
    let labels = PreferenceLabelling(source: .uniform, pairsPerUser: 5, topItems: 2)
      .label(user: 0, logProbabilities: [-1, -2, -3], known: [0, 2], using: &random)
    #expect(labels.isEmpty)
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

  @Test func `the most likely of the drawn list is inserted, never a known item`() {
    var random = SeededRandom(seed: 2)
    let scores = (0..<30).map { Float($0 == 4 ? 99 : -$0) }
    let known: ArraySlice<Int32> = [4, 0, 1]
    var positions = Set<Int32>()
    for _ in 0..<50 {
      // The list is all that is not known, so that the model's choices are its best two.
      let insertions = SequenceAugmentation(insertionsPerUser: 2, listLength: 99)
        .insertions(user: 6, logProbabilities: scores[...], known: known, using: &random)
      #expect(insertions.map(\.item) == [2, 3])
      #expect(insertions.allSatisfy { $0.user == 6 })
      positions.formUnion(insertions.map(\.position))
    }
    #expect(positions == [0, 1, 2, 3])
  }

  @Test func `a short list is drawn at random`() {
    var random = SeededRandom(seed: 2)
    let augmentation = SequenceAugmentation(insertionsPerUser: 1, listLength: 3)
    let items = (0..<200).compactMap { _ in
      augmentation.insertions(
        user: 0, logProbabilities: (0..<10).map { Float($0) }[...], known: [9], using: &random
      ).first?.item
    }
    // The best of three of nine is at least item 2.
    #expect(Set(items) == Set(2...8))
  }

  @Test func `equal scores are decided by the lower item, and no item is left for a full user`() {
    var random = SeededRandom(seed: 2)
    let augmentation = SequenceAugmentation(insertionsPerUser: 3, listLength: 9)
    let insertions = augmentation.insertions(
      user: 0, logProbabilities: [1, 1, 1, 1], known: [1, 3], using: &random)
    #expect(insertions.map(\.item) == [0, 2])
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
