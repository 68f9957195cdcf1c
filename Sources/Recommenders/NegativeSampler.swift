internal import Datasets
internal import Tensors

/// Draws items that a user did not interact with, uniformly.
struct NegativeSampler {
  private let offsets: [Int]
  /// Each user's different items, ascending.
  private let items: [Int32]
  private let itemCount: Int

  init(_ histories: Histories) {
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
  }

  /// An item the user does not have; any item for a user who has them all.
  func draw(user: Int, using random: inout SeededRandom) -> Int32 {
    let range = offsets[user]..<offsets[user + 1]
    while true {
      let item = Int32(random.below(itemCount))
      if range.count >= itemCount || !contains(item, in: range) { return item }
    }
  }

  private func contains(_ item: Int32, in range: Range<Int>) -> Bool {
    items.withUnsafeBufferPointer { items in
      var (low, high) = (range.lowerBound, range.upperBound)
      while low < high {
        let middle = (low &+ high) / 2
        if items[middle] < item { low = middle &+ 1 } else { high = middle }
      }
      return low < range.upperBound && items[low] == item
    }
  }
}
