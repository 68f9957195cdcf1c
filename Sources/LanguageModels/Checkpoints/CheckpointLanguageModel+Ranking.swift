internal import RealModule
internal import Tensors

extension CheckpointLanguageModel: CatalogueRanking {
  public func rank(
    _ queries: [CatalogueQuery], count: Int, each: (Int, RankedItems) throws -> Void
  ) async throws {
    try Workers.run(queries.count) { [self] index in
      var search = TitleSearch(
        titles, after: read(queries[index].prompt), model: scorer,
        excluded: Set(queries[index].excluded), count: count, lengthExponent: lengthExponent)
      return search.best()
    } take: {
      try each($0, $1)
    }
  }

  /// A ranking prompt as tokens, with room for every title.
  private func read(_ prompt: Prompt) -> [Int32] {
    let answers = titles.longest.map { [Prompt([.item($0)])] } ?? []
    let query = ScoringQuery(prompt: prompt, branches: [.init(answers: answers)])
    return questions(query).first?.read ?? []
  }
}

/// The titles of the catalogue as answers, by their common beginnings.
struct CatalogueTitles: Sendable {
  private(set) var trie = TokenTrie()
  /// By node the items whose answer ends there, ascending.
  private(set) var items: [Int32: [Int32]] = [:]
  /// By node its tokens from the root, and those of the longest answer that goes through it.
  private(set) var lengths: [(own: Int, longest: Int)] = []
  /// An item whose answer has the most tokens; nil for an empty catalogue.
  private(set) var longest: Int32?

  init(_ text: PromptText, count: Int) {
    var length = 0
    for item in 0..<Int32(count) {
      let path = trie.insert(text.tokens(ofAnswer: Prompt([.item(item)]), isEnded: true))
      if let end = path.last { items[end, default: []].append(item) }
      if path.count > length { (length, longest) = (path.count, item) }
    }
    for parent in trie.parents {
      let own = parent < 0 ? 1 : lengths[Int(parent)].own + 1
      lengths.append((own, own))
    }
    for (node, parent) in trie.parents.enumerated().reversed() where parent >= 0 {
      lengths[Int(parent)].longest = max(lengths[Int(parent)].longest, lengths[node].longest)
    }
  }
}

/// Best-first search for the most likely titles after a prompt.
///
/// A longer beginning is never more likely than a shorter one, so a title that is ahead of every open beginning
/// is the best that is left: the list is that of scoring the whole catalogue. Where scores are divided by the
/// length, the most that an open beginning can still reach is that of its longest title.
private struct TitleSearch {
  /// Beginnings that are computed together: more fill a matrix product, fewer are computed in vain.
  private static let width = 32

  private struct Candidate {
    /// log P of the tokens so far.
    let log: Float
    /// What is complete here, or the most that a title that goes on from here can have.
    let score: Float
    /// Of the trie.
    let node: Int32
    /// What is complete here; nil for a beginning that goes on.
    let item: Int32?

    /// Whether it comes before another: the likelier, of equals the lower item.
    func precedes(_ other: Candidate) -> Bool {
      if score != other.score { return score > other.score }
      return (item ?? -1, node) < (other.item ?? -1, other.node)
    }
  }

  private let titles: CatalogueTitles
  private let excluded: Set<Int32>
  private let count: Int
  private let lengthExponent: Float
  private var tree: LlamaTree
  /// Where nodes of the trie stand in the tree.
  private var places: [Int32: Int32] = [:]
  /// Best first.
  private var candidates: [Candidate] = []

  init(
    _ titles: CatalogueTitles, after prompt: [Int32], model: LlamaModel, excluded: Set<Int32>,
    count: Int, lengthExponent: Float
  ) {
    self.titles = titles
    self.excluded = excluded
    self.count = count
    self.lengthExponent = lengthExponent
    tree = LlamaTree(model: model, prompt: prompt)
  }

  mutating func best() -> RankedItems {
    var list = RankedItems(items: [], logProbabilities: [])
    guard count > 0 else { return list }
    add(titles.trie.roots.map { ($0, 0) })
    while list.items.count < count, let first = candidates.first {
      if let item = first.item {
        list.items.append(item)
        list.logProbabilities.append(first.score)
        candidates.removeFirst()
      } else {
        expand(wanted: count - list.items.count)
      }
    }
    return list
  }

  /// Computes the best open beginnings and adds what follows them.
  private mutating func expand(wanted: Int) {
    // What stands behind enough titles can reach the list no more.
    var complete = 0
    candidates = Array(
      candidates.prefix { candidate in
        defer { complete += candidate.item == nil ? 0 : 1 }
        return complete < wanted
      })
    let open = candidates.filter { $0.item == nil }.prefix(Self.width)
    let chosen = Set(open.map(\.node))
    candidates.removeAll { $0.item == nil && chosen.contains($0.node) }
    for candidate in open { places[candidate.node] = Int32(places.count) }
    tree.grow(
      open.map { titles.trie.tokens[Int($0.node)] },
      parents: open.map { places[titles.trie.parents[Int($0.node)]] ?? -1 })
    add(
      open.flatMap { candidate in
        titles.trie.children[Int(candidate.node)].map { ($0, candidate.log) }
      })
  }

  /// Scores nodes whose parents are computed, and adds them.
  private mutating func add(_ nodes: [(node: Int32, log: Float)]) {
    let trie = titles.trie
    let logs = tree.logProbabilities(
      nodes.map { node, _ in
        LlamaTree.Prediction(
          node: places[trie.parents[Int(node)]] ?? -1, token: trie.tokens[Int(node)])
      })
    for ((node, before), added) in zip(nodes, logs) {
      let (log, length) = (before + added, titles.lengths[Int(node)])
      for item in titles.items[node] ?? [] where !excluded.contains(item) {
        let score = normalized(log, length: length.own)
        candidates.append(Candidate(log: log, score: score, node: node, item: item))
      }
      if !trie.children[Int(node)].isEmpty {
        let score = normalized(log, length: length.longest)
        candidates.append(Candidate(log: log, score: score, node: node, item: nil))
      }
    }
    candidates.sort { $0.precedes($1) }
  }

  private func normalized(_ log: Float, length: Int) -> Float {
    lengthExponent == 0 ? log : log / Float.pow(Float(length), lengthExponent)
  }
}
