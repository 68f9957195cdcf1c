#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A small seeded generator (xoshiro256**, Blackman and Vigna 2018), the same on every machine.
///
/// Its four words are its whole state, so that a checkpoint can carry it.
public struct SeededRandom: RandomNumberGenerator, Sendable, Equatable {
  // Four numbers, not an array: a draw must not touch the heap.
  @usableFromInline var s0, s1, s2, s3: UInt64

  /// The whole state: four words, not all zero.
  public var state: [UInt64] { [s0, s1, s2, s3] }

  /// Starts from a seed, spread over the state by SplitMix64.
  public init(seed: UInt64) {
    var words = SplitMix64(seed: seed)
    (s0, s1, s2, s3) = (words.next(), words.next(), words.next(), words.next())
  }

  /// Goes on from a saved state; traps unless it has four words.
  public init(state: [UInt64]) {
    precondition(state.count == 4 && state.contains { $0 != 0 }, "random state")
    (s0, s1, s2, s3) = (state[0], state[1], state[2], state[3])
  }

  /// A generator of its own for a named purpose, so that one more draw here does not shift the others.
  public init(seed: UInt64, purpose: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    self.init(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ hash)
  }

  @inlinable
  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }

  /// A number in [0, 1) with 24 random bits.
  @inlinable
  public mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A whole number in 0..<bound (Lemire's multiplication; the bias is below 2⁻³²).
  @inlinable
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "below(0)")
    return Int((UInt64(UInt32(truncatingIfNeeded: next() >> 32)) &* UInt64(bound)) >> 32)
  }

  /// A standard normal number (Box and Muller).
  public mutating func normal() -> Float {
    let u = max(uniform(), 0x1p-24)
    let v = uniform()
    return (-2 * logf(u)).squareRoot() * cosf(2 * .pi * v)
  }

  /// Puts an array in random order (Fisher and Yates).
  @inlinable
  public mutating func shuffle<T>(_ array: inout [T]) { shuffle(&array, in: array.indices) }

  /// Puts a part of an array in random order.
  @inlinable
  public mutating func shuffle<T>(_ array: inout [T], in range: Range<Int>) {
    guard range.count > 1 else { return }
    for i in stride(from: range.count - 1, through: 1, by: -1) {
      array.swapAt(range.lowerBound + i, range.lowerBound + below(i + 1))
    }
  }
}
