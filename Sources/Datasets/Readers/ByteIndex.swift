/// Numbers byte strings in the order they come: a hash table (FNV-1a, open addressing) that looks
/// up an identifier without making a `String` of it.
struct ByteIndex {
  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]
  private var slots = [Int32](repeating: -1, count: 64)

  /// How many different strings were inserted.
  var count: Int { starts.count - 1 }

  /// The number of a string, or nil.
  func row(of source: [UInt8], _ range: Range<Int>) -> Int? {
    let row = slots[slot(of: source, range)]
    return row < 0 ? nil : Int(row)
  }

  /// The number of a string, which is new if it was not there yet.
  mutating func insert(_ source: [UInt8], _ range: Range<Int>) -> (row: Int, isNew: Bool) {
    let slot = slot(of: source, range)
    if slots[slot] >= 0 { return (Int(slots[slot]), false) }
    let row = count
    slots[slot] = Int32(row)
    bytes += source[range]
    starts.append(bytes.count)
    if count * 2 > slots.count { grow() }
    return (row, true)
  }

  /// The slot that holds the string, or the free one where it belongs.
  private func slot(of source: [UInt8], _ range: Range<Int>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(source[index])) &* 0x100_0000_01B3 }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & mask
    while slots[slot] >= 0, !matches(Int(slots[slot]), source, range) { slot = (slot + 1) & mask }
    return slot
  }

  private func matches(_ row: Int, _ source: [UInt8], _ range: Range<Int>) -> Bool {
    let start = starts[row]
    guard starts[row + 1] - start == range.count else { return false }
    for offset in 0..<range.count
    where bytes[start + offset] != source[range.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for row in 0..<count { slots[slot(of: bytes, starts[row]..<starts[row + 1])] = Int32(row) }
  }
}
