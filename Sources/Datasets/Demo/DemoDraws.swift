import Foundations

/// What the demo draws.
extension SplitMix64 {
  /// A number in `0..<bound`; the bias of at most `bound` / 2^64 is accepted.
  mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [0, 1).
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with the given probability.
  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// A bell-shaped number of mean 0 and variance 1: the sum of twelve uniform ones, less 6.
  ///
  /// Without logarithms, so that its bits do not depend on the C library.
  mutating func bell() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// An index drawn in proportion to non-negative weights.
  mutating func index(weights: [Double]) -> Int {
    var rest = unit() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    return weights.count - 1
  }

  /// Fisher and Yates' shuffle of part of an array.
  mutating func shuffle(_ values: inout [Int], in range: Range<Int>) {
    for last in stride(from: range.upperBound - 1, to: range.lowerBound, by: -1) {
      let other = range.lowerBound + next(below: last - range.lowerBound + 1)
      values.swapAt(last, other)
    }
  }
}
