/// The best `k` of a row of scores, best first; equal scores by the lower item.
///
/// An item scored −∞ or NaN is never listed, so the list may be shorter than `k`. One vectorised
/// scan against the k-th best score so far, then a heap for the few that pass: O(I log k) at worst
/// for I items, close to I/16 comparisons on shuffled scores.
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
  precondition(scores.count <= Int32.max, "items are numbered by 32 bits")
  let capacity = min(k, scores.count)
  var keys = [RankKey](unsafeUninitializedCapacity: capacity) { buffer, count in
    count = scores.withUnsafeBufferPointer { scores in
      excluded.withUnsafeBufferPointer { excluded in
        keepBest(scores, excluding: excluded, in: buffer, capacity: capacity)
      }
    }
  }
  keys.sort { $0.bits > $1.bits }
  return (keys.map(\.item), keys.map(\.score))
}

/// The best `k` of a row of scores, with the excluded items as a slice of a flat array.
///
/// As the overload on spans: `items[offsets[u]..<offsets[u + 1]]` excludes the history of user u.
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

/// A score and its item in one integer that is larger for the better of two entries.
///
/// The high half holds the score's bits in an order that integers share; the low half the inverted
/// item, so that the lower item wins between equal scores.
private struct RankKey {
  let bits: UInt64

  init(score: Float, item: Int) {
    let bits = (score + 0).bitPattern  // −0 becomes +0: they are equal scores.
    let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    self.bits = UInt64(ordered) << 32 | UInt64(~UInt32(truncatingIfNeeded: item))
  }

  var item: Int32 { Int32(truncatingIfNeeded: ~bits) }

  var score: Float {
    let ordered = UInt32(truncatingIfNeeded: bits >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered)
  }
}

/// Scans the scores for the best of them and leaves these as a heap, the worst at its root.
///
/// - Parameters:
///   - scores: Score of each item.
///   - excluded: Items to leave out, ascending.
///   - heap: Room for `capacity` keys, uninitialised.
///   - capacity: How many to keep at most.
/// - Returns: How many were kept.
private func keepBest(
  _ scores: UnsafeBufferPointer<Float>, excluding excluded: UnsafeBufferPointer<Int32>,
  in heap: UnsafeMutableBufferPointer<RankKey>, capacity: Int
) -> Int {
  for index in excluded.indices.dropFirst() {
    precondition(excluded[index - 1] <= excluded[index], "excluded items must ascend")
  }
  guard capacity > 0 else { return 0 }
  let raw = UnsafeRawBufferPointer(scores)
  let width = SIMD16<Float>.scalarCount
  var count = 0
  var nextExcluded = 0
  // A score must exceed this to enter: items come in ascending order, so a later equal loses.
  var threshold = -Float.infinity

  func offer(_ item: Int) {
    while nextExcluded < excluded.count && Int(excluded[nextExcluded]) < item { nextExcluded += 1 }
    if nextExcluded < excluded.count && Int(excluded[nextExcluded]) == item { return }
    let key = RankKey(score: scores[item], item: item)
    if count < capacity {
      siftUp(key, in: heap, at: count)
      count += 1
    } else {
      siftDown(key, in: heap, count: count)
    }
    if count == capacity { threshold = heap[0].score }
  }

  let blocks = scores.count / width
  for block in 0..<blocks {
    let values = raw.loadUnaligned(
      fromByteOffset: block * MemoryLayout<SIMD16<Float>>.size, as: SIMD16<Float>.self)
    if any(values .> threshold) {
      for item in (block * width)..<((block + 1) * width) where scores[item] > threshold {
        offer(item)
      }
    }
  }
  for item in (blocks * width)..<scores.count where scores[item] > threshold { offer(item) }
  return count
}

/// Puts a key into a heap of `position` keys.
private func siftUp(
  _ key: RankKey, in heap: UnsafeMutableBufferPointer<RankKey>, at position: Int
) {
  var child = position
  while child > 0 {
    let parent = (child - 1) / 2
    guard key.bits < heap[parent].bits else { break }
    heap[child] = heap[parent]
    child = parent
  }
  heap[child] = key
}

/// Replaces the worst key of a full heap.
private func siftDown(
  _ key: RankKey, in heap: UnsafeMutableBufferPointer<RankKey>, count: Int
) {
  var parent = 0
  while true {
    var child = 2 * parent + 1
    guard child < count else { break }
    if child + 1 < count && heap[child + 1].bits < heap[child].bits { child += 1 }
    guard heap[child].bits < key.bits else { break }
    heap[parent] = heap[child]
    parent = child
  }
  heap[parent] = key
}
