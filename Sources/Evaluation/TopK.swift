/// The best `k` of a row of scores, best first; equal scores by the lower item.
///
/// An item scored −∞ or NaN is never listed, so the list may be shorter than `k`. One vectorised scan
/// against the k-th best score so far, then a heap for the few that pass: O(I log k) at worst for I
/// items, close to I/16 comparisons on shuffled scores.
///
/// - Parameters:
///   - scores: Score of each item, [I]; larger is better.
///   - k: Longest list wanted, at least 0.
///   - excluded: Items never to be listed, ascending; repeats are allowed.
/// - Returns: The items and, beside each, its score.
public func topK(
  _ scores: Span<Float>, k: Int, excluding excluded: Span<Int32>
) -> (items: [Int32], scores: [Float]) {
  precondition(k >= 0, "the length of a list cannot be negative, found \(k)")
  guard k > 0 else { return ([], []) }
  var best = BoundedHeap(capacity: min(k, scores.count))
  scores.withUnsafeBufferPointer { scores in
    excluded.withUnsafeBufferPointer { excluded in
      for index in excluded.indices.dropFirst() {
        precondition(excluded[index - 1] <= excluded[index], "excluded items must ascend")
      }
      best.scan(scores, excluding: excluded)
    }
  }
  return best.sorted()
}

/// The best `k` of a row of scores, with the excluded items as a slice of a flat array.
///
/// The same as the overload on spans: `items[offsets[u]..<offsets[u + 1]]` excludes a user's history.
///
/// - Parameters:
///   - scores: Score of each item, [I]; larger is better.
///   - k: Longest list wanted, at least 0.
///   - excluded: Items never to be listed, ascending; repeats are allowed.
/// - Returns: The items and, beside each, its score.
public func topK(
  _ scores: Span<Float>, k: Int, excluding excluded: ArraySlice<Int32> = []
) -> (items: [Int32], scores: [Float]) {
  topK(scores, k: k, excluding: excluded.span)
}

/// The best entries seen so far, the worst of them at the root.
private struct BoundedHeap {
  struct Entry {
    var score: Float
    var item: Int32

    func isWorse(than other: Entry) -> Bool {
      score < other.score || (score == other.score && item > other.item)
    }
  }

  let capacity: Int
  var entries: [Entry] = []

  init(capacity: Int) {
    self.capacity = capacity
    entries.reserveCapacity(capacity)
  }

  /// What a score must exceed to enter. Items come in ascending order, so a later equal loses.
  var threshold: Float { entries.count < capacity ? -.infinity : entries[0].score }

  mutating func scan(
    _ scores: UnsafeBufferPointer<Float>, excluding excluded: UnsafeBufferPointer<Int32>
  ) {
    guard capacity > 0 else { return }
    let raw = UnsafeRawBufferPointer(scores)
    let width = SIMD16<Float>.scalarCount
    let blocks = scores.count / width
    var threshold = self.threshold
    for block in 0..<blocks {
      let values = raw.loadUnaligned(
        fromByteOffset: block * MemoryLayout<SIMD16<Float>>.size, as: SIMD16<Float>.self)
      if any(values .> threshold) {
        for item in (block * width)..<((block + 1) * width) where scores[item] > threshold {
          offer(scores[item], Int32(item), excluding: excluded)
          threshold = self.threshold
        }
      }
    }
    for item in (blocks * width)..<scores.count where scores[item] > threshold {
      offer(scores[item], Int32(item), excluding: excluded)
      threshold = self.threshold
    }
  }

  private mutating func offer(
    _ score: Float, _ item: Int32, excluding excluded: UnsafeBufferPointer<Int32>
  ) {
    if contains(item, in: excluded) { return }
    let entry = Entry(score: score, item: item)
    if entries.count < capacity {
      entries.append(entry)
      siftUp()
    } else {
      entries[0] = entry
      siftDown()
    }
  }

  private func contains(_ item: Int32, in sorted: UnsafeBufferPointer<Int32>) -> Bool {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < item { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == item
  }

  private mutating func siftUp() {
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].isWorse(than: entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < entries.count else { return }
      let right = left + 1
      let worse =
        right < entries.count && entries[right].isWorse(than: entries[left]) ? right : left
      guard entries[worse].isWorse(than: entries[parent]) else { return }
      entries.swapAt(worse, parent)
      parent = worse
    }
  }

  func sorted() -> (items: [Int32], scores: [Float]) {
    let ordered = entries.sorted { $1.isWorse(than: $0) }
    return (ordered.map(\.item), ordered.map(\.score))
  }
}
