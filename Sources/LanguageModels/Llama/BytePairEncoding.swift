/// Byte-pair encoding (Sennrich et al., 2016) over UTF-8 bytes, as in GPT-2.
///
/// Ids 0..<256 are the bytes; id 256 + k is the k-th merge.
struct BytePairEncoding: Sendable, Equatable {
  /// Pairs of ids in the order in which they were learned.
  let merges: [SIMD2<Int32>]
  private let ranks: [SIMD2<Int32>: Int32]

  init(merges: [SIMD2<Int32>]) {
    self.merges = merges
    ranks = Dictionary(
      zip(merges, merges.indices.map { Int32($0) }), uniquingKeysWith: { first, _ in first })
  }

  /// Learns merges from texts: again and again the most frequent neighbouring pair becomes one piece.
  ///
  /// Equal counts are decided by the smaller ids, so that the same texts give the same pieces.
  ///
  /// - Parameters:
  ///   - texts: The training texts.
  ///   - count: How many merges at most; fewer when no pair occurs twice.
  init(training texts: [String], merges count: Int) {
    var frequencies: [String: Int] = [:]
    for word in texts.lazy.flatMap(BytePairEncoding.words(of:)) {
      frequencies[word, default: 0] += 1
    }
    var words = frequencies.sorted { $0.key < $1.key }
      .map { (pieces: $0.key.utf8.map { Int32($0) }, count: $0.value) }
    var merges: [SIMD2<Int32>] = []
    while merges.count < count {
      var pairs: [SIMD2<Int32>: Int] = [:]
      for word in words {
        for i in word.pieces.indices.dropLast() {
          pairs[SIMD2(word.pieces[i], word.pieces[i + 1]), default: 0] += word.count
        }
      }
      let best = pairs.max {
        ($0.value, -$0.key.x, -$0.key.y) < ($1.value, -$1.key.x, -$1.key.y)
      }
      guard let best, best.value > 1 else { break }
      let id = Int32(256 + merges.count)
      merges.append(best.key)
      for i in words.indices {
        words[i].pieces = BytePairEncoding.merging(best.key, into: id, in: words[i].pieces)
      }
    }
    self.init(merges: merges)
  }

  /// The ids of one word's pieces.
  func encode(word: String) -> [Int32] {
    var pieces = word.utf8.map { Int32($0) }
    while pieces.count > 1 {
      var best: Int32?
      for i in pieces.indices.dropLast() {
        if let rank = ranks[SIMD2(pieces[i], pieces[i + 1])], rank < best ?? .max { best = rank }
      }
      guard let best else { break }
      pieces = BytePairEncoding.merging(merges[Int(best)], into: 256 + best, in: pieces)
    }
    return pieces
  }

  /// The bytes of a piece.
  func bytes(of id: Int32) -> [UInt8] {
    guard id >= 256 else { return [UInt8(id)] }
    let pair = merges[Int(id) - 256]
    return bytes(of: pair.x) + bytes(of: pair.y)
  }

  private static func merging(
    _ pair: SIMD2<Int32>, into id: Int32, in pieces: [Int32]
  ) -> [Int32] {
    guard pieces.count > 1 else { return pieces }
    var result: [Int32] = []
    result.reserveCapacity(pieces.count)
    var i = 0
    while i < pieces.count {
      if i + 1 < pieces.count, pieces[i] == pair.x, pieces[i + 1] == pair.y {
        result.append(id)
        i += 2
      } else {
        result.append(pieces[i])
        i += 1
      }
    }
    return result
  }

  /// Cuts a text into words that no piece crosses.
  ///
  /// A word is a run of letters, a run of digits, or one other character, each with the space before it;
  /// together they are the text again.
  static func words(of text: String) -> [String] {
    enum Kind { case letter, digit, space, other }
    func kind(_ byte: UInt8) -> Kind {
      switch byte {
      case UInt8(ascii: " "): .space
      case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 128...:
        .letter
      default: .other
      }
    }
    var words: [[UInt8]] = []
    var last: Kind?
    for byte in text.utf8 {
      let kind = kind(byte)
      let continues = last == kind && (kind == .letter || kind == .digit)
      // A space opens a word; what follows it goes on.
      if continues || (last == .space && kind != .space), !words.isEmpty {
        words[words.count - 1].append(byte)
      } else {
        words.append([byte])
      }
      last = kind
    }
    return words.map { String(decoding: $0, as: UTF8.self) }
  }
}
