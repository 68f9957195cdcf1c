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

/// Things to draw in proportion to their weights, in O(log n).
struct WeightedDraw {
  private let values: [Int]
  private var sums: [Double] = []

  init(_ values: [Int], weights: [Double]) {
    self.values = values
    var sum = 0.0
    for weight in weights {
      sum += weight
      sums.append(sum)
    }
  }

  /// One of them; nil where there are none.
  func draw(_ generator: inout SplitMix64) -> Int? {
    guard let total = sums.last else { return nil }
    let place = generator.unit() * total
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > place { high = middle } else { low = middle + 1 }
    }
    return values[low]
  }
}

/// Interactions a user, in random order, few with many and many with few; they add up to `total`.
///
/// - Parameters:
///   - users: How many users.
///   - total: Interactions of all of them: `least` to `most` a user.
///   - least: What everybody has.
///   - most: What nobody exceeds.
///   - flatness: Above 0; the smaller, the more the busiest users have: what comes on top of the least
///     falls as 1 / (flatness + share of busier users)².
///   - generator: Draws the order.
/// - Returns: One number a user.
func demoActivity(
  users: Int, interactions total: Int, least: Int, most: Int, flatness: Double,
  generator: inout SplitMix64
) -> [Int] {
  precondition(
    users > 0 && total >= least * users && total <= most * users,
    "from \(least) to \(most) interactions a user")
  let weights = (0..<users).map { rank in
    let distance = flatness + Double(rank) / Double(users)
    return 1 / (distance * distance)
  }
  var counts = [Int](repeating: least, count: users)
  var rest = total - least * users
  while rest > 0 {
    let open = counts.indices.filter { counts[$0] < most }
    let scale = Double(rest) / open.reduce(0) { $0 + weights[$1] }
    for user in open where rest > 0 {
      let share = max(1, Int(weights[user] * scale))
      let extra = min(share, most - counts[user], rest)
      counts[user] += extra
      rest -= extra
    }
  }
  generator.shuffle(&counts, in: 0..<counts.count)
  return counts
}
