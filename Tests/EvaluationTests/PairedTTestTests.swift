import Evaluation
import Testing

/// One paired test as scipy 1.17.1 sees it; printed by golden.py with seed 20240123.
struct GoldenTest: Sendable, CustomStringConvertible {
  var a: [Double]
  var b: [Double]
  var t: Double
  var p: Double
  var interval: ClosedRange<Double>

  var description: String { "\(a.count) pairs" }
}

@Suite struct PairedTTestTests {
  /// Bound on the relative error of what follows from a dozen numbers in double precision.
  static let tolerance = 1e-12

  static let golden = [
    GoldenTest(
      a: [0.092, 0.789], b: [-0.078, 0.757], t: 1.4637681159420295, p: 0.38155168561627395,
      interval: -0.7757281267960536...0.9777281267960536),
    GoldenTest(
      a: [1.419, 0.779, 0.554, 0.688, 0.398], b: [1.222, 0.668, 0.603, 0.948, 0.544],
      t: -0.3537739643807033, p: 0.7413678824224299,
      interval: -0.2601334465262517...0.20133344652625174),
    GoldenTest(
      a: [-0.028, 0.448, 0.354, 1.166, 0.507, 0.97, 0.42, 0.67, 0.279, 0.326, 0.566, -0.028],
      b: [-0.549, 0.677, 0.994, 0.789, 0.138, 0.824, 0.346, 0.701, 0.299, 0.506, 0.589, -0.035],
      t: 0.34477308375870824, p: 0.7367667639032223,
      interval: -0.16645118986953672...0.22828452320287002),
  ]

  @Test(arguments: golden)
  func `statistic, p-value and interval agree with scipy`(golden: GoldenTest) throws {
    let test = try #require(PairedTTest(golden.a, golden.b))
    let interval = test.confidenceInterval(level: 0.95)
    #expect(test.degreesOfFreedom == golden.a.count - 1)
    for (ours, theirs) in [
      (test.t, golden.t), (test.pValue, golden.p),
      (interval.lowerBound, golden.interval.lowerBound),
      (interval.upperBound, golden.interval.upperBound),
    ] {
      #expect(abs(ours - theirs) <= Self.tolerance * max(abs(theirs), 1), "\(ours) \(theirs)")
    }
  }

  @Test func `exchanging the sides turns the sign and keeps the p-value`() throws {
    let golden = Self.golden[1]
    let there = try #require(PairedTTest(golden.a, golden.b))
    let back = try #require(PairedTTest(golden.b, golden.a))
    #expect(there.t == -back.t)
    #expect(there.pValue == back.pValue)
    #expect(there.meanDifference == -back.meanDifference)
  }

  @Test func `equal sides have p-value one and an empty interval`() throws {
    let test = try #require(PairedTTest([0.1, 0.7, 0.3] as [Float], [0.1, 0.7, 0.3]))
    #expect(test.t == 0)
    #expect(test.pValue == 1)
    #expect(test.confidenceInterval() == 0...0)
  }

  @Test func `a constant difference has an infinite statistic`() throws {
    let test = try #require(PairedTTest([3, 2, 1] as [Double], [1, 0, -1]))
    #expect(test.t == .infinity)
    #expect(test.pValue == 0)
    #expect(test.meanDifference == 2)
  }

  @Test func `fewer than two pairs or values not finite give no test`() {
    #expect(PairedTTest([1] as [Double], [2]) == nil)
    #expect(PairedTTest([] as [Double], []) == nil)
    #expect(PairedTTest([1, .nan, 2] as [Double], [1, 2, 3]) == nil)
    #expect(PairedTTest([1, .infinity, 2] as [Double], [1, 2, 3]) == nil)
  }

  @Test func `spread is the sample deviation, zero for one value`() {
    #expect(meanAndSpread([0.3]) == (0.3, 0))
    #expect(meanAndSpread([0.1, 0.1, 0.1]) == (0.1, 0))
    let (mean, std) = meanAndSpread([1, 2, 3, 4])
    #expect(mean == 2.5)
    #expect(abs(std - (5.0 / 3).squareRoot()) < 1e-15)
  }
}
