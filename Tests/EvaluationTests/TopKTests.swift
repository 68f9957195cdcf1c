import Evaluation
import Foundations
import Testing

@Suite struct TopKTests {
  /// The definition: sort everything, best first, ties by lower item.
  static func naive(_ scores: [Float], k: Int, excluding: [Int32]) -> [Int32] {
    let allowed = scores.indices.filter {
      scores[$0] > -.infinity && !excluding.contains(Int32($0))
    }
    let sorted = allowed.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    return sorted.prefix(k).map(Int32.init)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `the best k agree with a full sort on random rows`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let count = Int.random(in: 0...300, using: &random)
    // Few distinct values, so that ties are common.
    let levels = Int.random(in: 1...400, using: &random)
    let scores = (0..<count).map { _ in
      switch Int.random(in: 0..<20, using: &random) {
      case 0: -Float.infinity
      case 1: Float.nan
      default: Float(Int.random(in: 0..<levels, using: &random)) / 7 - 3
      }
    }
    let excluded = (0..<Int32(count)).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    let k = Int.random(in: 0...60, using: &random)
    let (items, values) = topK(scores.span, k: k, excluding: excluded[...])
    #expect(items == Self.naive(scores, k: k, excluding: excluded))
    #expect(values == items.map { scores[Int($0)] })
  }

  @Test func `equal scores are listed by the lower item`() {
    #expect(topK([1, 2, 2, 1, 2].span, k: 4).items == [1, 2, 4, 0])
  }

  @Test func `impossible items make the list shorter than k`() {
    let scores: [Float] = [.nan, 1, -.infinity, 3, 2]
    let (items, values) = topK(scores.span, k: 5, excluding: [3])
    #expect(items == [4, 1])
    #expect(values == [2, 1])
  }

  @Test func `a user's slice of a flat history excludes that history`() {
    let histories: [Int32] = [0, 1, 2, 2, 3]
    let scores: [Float] = [5, 4, 3, 2]
    #expect(topK(scores.span, k: 2, excluding: histories[0..<2]).items == [2, 3])
    #expect(topK(scores.span, k: 2, excluding: histories[2..<5]).items == [0, 1])
  }

  @Test func `rows whose scores only rise or only fall are right too`() {
    let rising = (0..<1000).map(Float.init)
    #expect(topK(rising.span, k: 3).items == [999, 998, 997])
    #expect(topK(Array(rising.reversed()).span, k: 3).items == [0, 1, 2])
  }

  @Test func `excluded items that do not ascend trap`() async {
    await #expect(processExitsWith: .failure) {
      _ = topK([1, 2, 3].span, k: 1, excluding: [2, 1])
    }
  }
}
