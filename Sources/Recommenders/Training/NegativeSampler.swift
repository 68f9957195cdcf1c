package import Datasets
package import Foundations

/// Draws items that a user did not interact with, uniformly.
package struct NegativeSampler {
  private let offsets: [Int]
  /// Each user's different items, ascending.
  private let items: [Int32]
  private let itemCount: Int
  /// A Bloom filter of one hash, the item's low bits: where a bit is 0, the user lacks all its items.
  ///
  /// One look answers nearly every draw; the search below would miss the cache at every step.
  private let filter: [UInt64]
  /// Where each user's part of the filter begins; its length is a power of two.
  private let filterOffsets: [Int]

  package init(_ histories: Histories) {
    itemCount = histories.itemCount
    var offsets = [0]
    var items: [Int32] = []
    for user in 0..<histories.userCount {
      for item in histories.items(of: user).sorted()
      where items.count == offsets[user] || items[items.count - 1] != item {
        items.append(item)
      }
      offsets.append(items.count)
    }
    self.offsets = offsets
    self.items = items
    var filterOffsets = [0]
    for user in 0..<histories.userCount {
      let bits = min(8 * (offsets[user + 1] - offsets[user]), itemCount)
      var words = 1
      while 64 * words < bits { words *= 2 }
      filterOffsets.append(filterOffsets[user] + words)
    }
    var filter = [UInt64](repeating: 0, count: filterOffsets[histories.userCount])
    for user in 0..<histories.userCount {
      let words = filterOffsets[user]..<filterOffsets[user + 1]
      for item in items[offsets[user]..<offsets[user + 1]] {
        filter[Self.word(of: item, in: words)] |= Self.bit(of: item)
      }
    }
    self.filter = filter
    self.filterOffsets = filterOffsets
  }

  private static func word(of item: Int32, in words: Range<Int>) -> Int {
    words.lowerBound &+ (Int(item) / 64 & (words.count &- 1))
  }

  private static func bit(of item: Int32) -> UInt64 { 1 << UInt64(item & 63) }

  /// An item the user does not have; any item for a user who has them all.
  package func draw(user: Int, using random: inout SeededRandom) -> Int32 {
    let range = offsets[user]..<offsets[user + 1]
    let words = filterOffsets[user]..<filterOffsets[user + 1]
    while true {
      let item = Int32(random.below(itemCount))
      if filter[Self.word(of: item, in: words)] & Self.bit(of: item) == 0
        || range.count >= itemCount || !contains(item, in: range)
      {
        return item
      }
    }
  }

  private func contains(_ item: Int32, in range: Range<Int>) -> Bool {
    items.withUnsafeBufferPointer { items in
      // Without a branch on what is compared: it would be mispredicted half of the time.
      var (low, count) = (range.lowerBound, range.count)
      while count > 1 {
        let half = count &>> 1
        let isBeyond = Int(item &- items[low &+ half]) >> 32  // −1 for a greater item, else 0.
        low &+= half & ~isBeyond
        count &-= half
      }
      return count == 1 && items[low] == item
    }
  }
}
