import Foundations
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite("Negative samples") struct NegativeSamplerTests {
  /// 300 items fill several words of a user's filter, in which items share bits.
  private let itemCount = 300

  @Test("are never what the user has, and each other item as often as the next")
  func uniform() {
    var random = SeededRandom(seed: 7)
    let owned: [[Int32]] = [
      [], [5, 5, 5, 69], (0..<150).map { 2 * $0 }, (0..<299).map { Int32($0) },
    ]
    let sampler = NegativeSampler(histories(owned, itemCount: itemCount))
    for (user, items) in owned.enumerated() {
      let free = itemCount - Set(items).count
      var counts = [Int](repeating: 0, count: itemCount)
      for _ in 0..<100 * free { counts[Int(sampler.draw(user: user, using: &random))] += 1 }
      #expect(items.allSatisfy { counts[Int($0)] == 0 })
      // 100 draws an item: Poisson with deviation 10, and 300 items stay within five of them.
      let others = (0..<itemCount).filter { !items.contains(Int32($0)) }
      #expect(others.allSatisfy { abs(counts[$0] - 100) < 50 }, "user \(user)")
    }
  }

  @Test("are any item for a user who has them all")
  func everything() {
    var random = SeededRandom(seed: 7)
    let sampler = NegativeSampler(histories([[2, 0, 1, 0]], itemCount: 3))
    let drawn = Set((0..<100).map { _ in sampler.draw(user: 0, using: &random) })
    #expect(drawn == [0, 1, 2])
  }

  @Test("follow from the generator alone")
  func repeatable() {
    let sampler = NegativeSampler(histories([[1, 2]], itemCount: itemCount))
    func draw() -> [Int32] {
      var random = SeededRandom(seed: 3)
      return (0..<50).map { _ in sampler.draw(user: 0, using: &random) }
    }
    #expect(draw() == draw())
  }
}
