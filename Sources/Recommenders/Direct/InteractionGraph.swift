internal import Datasets
internal import Foundations
internal import Tensors

/// The bipartite graph of train: nodes 0..<U are the users, U..<U + I the items.
struct InteractionGraph {
  let userCount: Int
  let itemCount: Int
  /// Ã = D^−½ A D^−½, (U + I) × (U + I) and symmetric; a node without edges has an empty row.
  let adjacency: SparseMatrix
  /// Each user's different items, by user.
  private let edges: [(user: Int32, item: Int32)]

  init(_ train: Histories) {
    userCount = train.userCount
    itemCount = train.itemCount
    edges = (0..<train.userCount).flatMap { user in
      Set(train.items(of: user)).sorted().map { (Int32(user), $0) }
    }
    adjacency = Self.normalized(edges, users: userCount, items: itemCount)
  }

  /// Ã of the graph without some of its edges, each left out with the same probability.
  func droppingEdges(rate: Float, using random: inout SeededRandom) -> SparseMatrix {
    Self.normalized(
      edges.filter { _ in random.uniform() >= rate }, users: userCount, items: itemCount)
  }

  /// The triples with the numbers of their nodes.
  func nodes(_ triples: RankingTriples) -> RankingTriples {
    var result = triples
    for index in 0..<triples.count {
      result.preferred[index] += Int32(userCount)
      result.others[index] += Int32(userCount)
    }
    return result
  }

  private static func normalized(
    _ edges: [(user: Int32, item: Int32)], users: Int, items: Int
  ) -> SparseMatrix {
    var degrees = [Int](repeating: 0, count: users + items)
    for (user, item) in edges {
      degrees[Int(user)] += 1
      degrees[users + Int(item)] += 1
    }
    let offsets = degrees.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    var next = offsets
    var columns = [Int32](repeating: 0, count: 2 * edges.count)
    var values = [Float](repeating: 0, count: 2 * edges.count)
    for (user, item) in edges {
      let (u, i) = (Int(user), users + Int(item))
      let value = 1 / (Float(degrees[u]) * Float(degrees[i])).squareRoot()
      for (row, column) in [(u, i), (i, u)] {
        columns[next[row]] = Int32(column)
        values[next[row]] = value
        next[row] += 1
      }
    }
    return SparseMatrix(
      columnCount: users + items, offsets: offsets, columns: columns, values: values)
  }
}

extension Tape {
  /// All layers from E⁽⁰⁾ to E⁽ᴸ⁾, E⁽ˡ⁺¹⁾ = Ã E⁽ˡ⁾ for a symmetric Ã (He et al., 2020, equation 7).
  func propagate(_ adjacency: SparseMatrix, _ embeddings: Variable, layers: Int) -> [Variable] {
    (0..<layers).reduce(into: [embeddings]) { result, layer in
      result.append(multiply(adjacency, transposed: adjacency, result[layer]))
    }
  }
}
