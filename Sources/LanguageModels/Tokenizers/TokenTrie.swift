/// Token sequences by their common beginnings: what several share is there once.
struct TokenTrie: Sendable {
  /// The token of each node; parents stand before their children.
  private(set) var tokens: [Int32] = []
  /// The node before each; −1 at the beginning.
  private(set) var parents: [Int32] = []
  private(set) var children: [[Int32]] = []
  private(set) var roots: [Int32] = []
  private var edges: [Edge: Int32] = [:]

  private struct Edge: Hashable {
    let parent: Int32
    let token: Int32
  }

  /// Adds a sequence.
  ///
  /// - Returns: The node of each of its tokens.
  mutating func insert(_ sequence: some Sequence<Int32>) -> [Int32] {
    var parent: Int32 = -1
    return sequence.map { token in
      parent = node(token, after: parent)
      return parent
    }
  }

  private mutating func node(_ token: Int32, after parent: Int32) -> Int32 {
    let edge = Edge(parent: parent, token: token)
    if let node = edges[edge] { return node }
    let node = Int32(tokens.count)
    edges[edge] = node
    tokens.append(token)
    parents.append(parent)
    children.append([])
    if parent < 0 { roots.append(node) } else { children[Int(parent)].append(node) }
    return node
  }
}
