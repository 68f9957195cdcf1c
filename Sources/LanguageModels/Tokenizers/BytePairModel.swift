import Synchronization

/// Byte-pair encoding (Sennrich et al., 2016) of words into the pieces of a pretrained vocabulary.
///
/// The smallest symbols are bytes or characters; again and again the pair with the best rank becomes one
/// piece, the leftmost of equals.
struct BytePairModel: Sendable {
  /// What a word is made of before anything is merged.
  enum Symbols: Sendable {
    /// The piece of each byte; −1 for bytes that the vocabulary lacks, which vanish.
    case bytes([Int32])
    /// The piece of each character; of each byte where there is none, if the vocabulary has them all.
    case characters([UInt32: Int32], fallback: [Int32]?)
  }

  struct Merge: Sendable, Equatable {
    /// Smaller merges first.
    var rank: Int32
    /// The piece that the pair becomes.
    var piece: Int32
  }

  let symbols: Symbols
  /// By the pair's two pieces, `left << 32 | right`.
  let merges: [UInt64: Merge]
  /// Pieces that stand for a whole word without merging; empty for none.
  let wholeWords: [ByteText: Int32]
  /// Stands for what has no piece; nil where that vanishes.
  let unknown: Int32?
  /// Whether neighbouring unknown symbols are one token.
  let fusesUnknown: Bool
  private let cache = WordCache()

  init(
    symbols: Symbols, merges: [UInt64: Merge], wholeWords: [ByteText: Int32] = [:],
    unknown: Int32? = nil, fusesUnknown: Bool = false
  ) {
    self.symbols = symbols
    self.merges = merges
    self.wholeWords = wholeWords
    self.unknown = unknown
    self.fusesUnknown = fusesUnknown
  }

  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Appends the pieces of a word.
  ///
  /// - Parameters:
  ///   - word: Valid UTF-8.
  ///   - tokens: Where they go.
  func encode(_ word: ArraySlice<UInt8>, into tokens: inout [Int32]) {
    let isCached = word.count <= WordCache.longestWord
    let key = isCached || !wholeWords.isEmpty ? ByteText(Array(word)) : ByteText([])
    if let token = wholeWords[key] {
      tokens.append(token)
      return
    }
    if isCached, let known = cache[key] {
      tokens.append(contentsOf: known)
      return
    }
    let pieces = merge(split(word))
    if isCached { cache[key] = pieces }
    tokens.append(contentsOf: pieces)
  }

  /// The pieces of a word's smallest symbols.
  private func split(_ word: ArraySlice<UInt8>) -> [Int32] {
    var pieces: [Int32] = []
    pieces.reserveCapacity(word.count)
    var isUnknown = false
    func append(_ piece: Int32?) {
      if let piece {
        pieces.append(piece)
      } else if let unknown, !(isUnknown && fusesUnknown) {
        pieces.append(unknown)
      }
      isUnknown = piece == nil
    }
    switch symbols {
    case .bytes(let table):
      for byte in word {
        let piece = table[Int(byte)]
        append(piece >= 0 ? piece : nil)
      }
    case .characters(let table, let fallback):
      for scalar in String(decoding: word, as: UTF8.self).unicodeScalars {
        if let piece = table[scalar.value] {
          append(piece)
        } else if let fallback {
          for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            append(fallback[Int(byte)])
          }
        } else {
          append(nil)
        }
      }
    }
    return pieces
  }

  /// Merges until no pair has a rank, in O(n log n): a linked list of pieces and a heap of pairs.
  private func merge(_ symbols: [Int32]) -> [Int32] {
    guard symbols.count > 1 else { return symbols }
    var pieces = symbols
    var next = symbols.indices.map { $0 + 1 }
    var previous = symbols.indices.map { $0 - 1 }
    var queue = MergeQueue()
    func push(_ left: Int, _ queue: inout MergeQueue) {
      guard left >= 0, next[left] < pieces.count,
        let merge = merges[Self.key(pieces[left], pieces[next[left]])]
      else { return }
      queue.push(
        .init(rank: merge.rank, place: Int32(truncatingIfNeeded: left), piece: merge.piece))
    }
    for left in 0..<pieces.count - 1 { push(left, &queue) }
    while let best = queue.pop() {
      let left = Int(best.place)
      // The pair may have been merged away since.
      guard pieces[left] >= 0, next[left] < pieces.count,
        let merge = merges[Self.key(pieces[left], pieces[next[left]])],
        merge.piece == best.piece, merge.rank == best.rank
      else { continue }
      let right = next[left]
      pieces[left] = merge.piece
      pieces[right] = -1
      next[left] = next[right]
      if next[right] < pieces.count { previous[next[right]] = left }
      push(previous[left], &queue)
      push(left, &queue)
    }
    return pieces.filter { $0 >= 0 }
  }
}

/// A binary heap of possible merges: the smallest rank first, the leftmost of equals.
private struct MergeQueue {
  struct Entry {
    var rank: Int32
    var place: Int32
    var piece: Int32

    static func < (left: Entry, right: Entry) -> Bool {
      left.rank == right.rank ? left.place < right.place : left.rank < right.rank
    }
  }

  private var heap: [Entry] = []

  mutating func push(_ entry: Entry) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0, entry < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Entry? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child] < heap[best] {
        best = child
      }
      guard best != parent else { return first }
      heap.swapAt(parent, best)
      parent = best
    }
  }
}

/// The pieces of words seen before; texts repeat theirs.
private final class WordCache: Sendable {
  /// In bytes.
  static let longestWord = 64
  private static let capacity = 1 << 16
  private let words = Mutex<[ByteText: [Int32]]>([:])

  subscript(_ word: ByteText) -> [Int32]? {
    get { words.withLock { $0[word] } }
    set {
      words.withLock {
        if $0.count >= Self.capacity { $0.removeAll(keepingCapacity: true) }
        $0[word] = newValue
      }
    }
  }
}
