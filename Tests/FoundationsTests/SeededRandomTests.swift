import Foundations
import Testing

@Suite("Seeded random numbers")
struct RandomTests {
  @Test("the sequence is that of xoshiro256** from the state 1, 2, 3, 4")
  func reference() {
    var random = SeededRandom(state: [1, 2, 3, 4])
    // As in the test of the reference implementation's port, rand_xoshiro.
    let expected: [UInt64] = [
      11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
      607_988_272_756_665_600, 16_172_922_978_634_559_625, 8_476_171_486_693_032_832,
      10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
    ]
    #expect((0..<10).map { _ in random.next() } == expected)
  }

  @Test("a seed is spread over the state by SplitMix64")
  func seed() {
    #expect(
      SeededRandom(seed: 0).state == [
        0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC,
      ])
  }

  @Test("another seed or purpose gives another sequence, the same gives the same")
  func purposes() {
    func first(_ seed: UInt64, _ purpose: String) -> UInt64 {
      var random = SeededRandom(seed: seed, purpose: purpose)
      return random.next()
    }
    #expect(first(1, "weights") == first(1, "weights"))
    let all = [0, 1, 2].flatMap { seed in ["", "weights", "dropout"].map { first(seed, $0) } }
    #expect(Set(all).count == 9)
  }

  @Test("a saved state goes on where it was")
  func restart() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<100 { _ = random.next() }
    var copy = SeededRandom(state: random.state)
    #expect((0..<20).map { _ in copy.normal() } == (0..<20).map { _ in random.normal() })
  }

  @Test("numbers of one kind fall evenly", arguments: [UInt64](1...3))
  func uniform(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var counts = [Int](repeating: 0, count: 10)
    var below = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 {
      let number = random.uniform()
      #expect(number >= 0 && number < 1)
      counts[Int(number * 10)] += 1
      below[random.below(7)] += 1
    }
    // χ² with 9 and 6 degrees of freedom passes these bounds once in 10,000 draws of a seed.
    #expect(chiSquare(counts) < 33.7)
    #expect(chiSquare(below) < 27.9)
  }

  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  @Test("normal numbers have mean 0, variance 1 and the tails of a bell")
  func normal() {
    var random = SeededRandom(seed: 3)
    let numbers = (0..<40_000).map { _ in Double(random.normal()) }
    // Four deviations of each estimate from 40,000 draws.
    #expect(abs(numbers.reduce(0, +) / 40_000) < 0.02)
    #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } / 40_000 - 1) < 0.03)
    #expect(abs(Double(numbers.count { abs($0) > 1.96 }) / 40_000 - 0.05) < 0.0045)
    #expect(numbers.allSatisfy { $0.isFinite })
  }

  @Test("a shuffle keeps all elements, and every order of three comes equally often")
  func shuffle() {
    var random = SeededRandom(seed: 4)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<60_000 {
      var items = [0, 1, 2]
      random.shuffle(&items)
      counts[items, default: 0] += 1
    }
    #expect(counts.count == 6)
    // Five degrees of freedom, once in 10,000.
    #expect(chiSquare(Array(counts.values)) < 25.7)
    var many = Array(0..<1000)
    random.shuffle(&many)
    #expect(many != Array(0..<1000) && many.sorted() == Array(0..<1000))
    var none: [Int] = []
    random.shuffle(&none)
    #expect(none.isEmpty)
  }

  @Test("a state of zeros is a trap")
  func zeros() async {
    await #expect(processExitsWith: .failure) { _ = SeededRandom(state: [0, 0, 0, 0]) }
  }
}
