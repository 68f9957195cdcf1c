internal import Datasets
internal import Tensors

/// What the models of item-item weights share; X is the U × I matrix of interactions.
extension Histories {
  /// XᵀX: how many users have both items, I × I.
  func cooccurrences() -> Matrix {
    var counts = Matrix(rows: itemCount, columns: itemCount)
    counts.values.withUnsafeMutableBufferPointer { counts in
      for user in 0..<userCount {
        let items = items(of: user)
        for first in items {
          let row = Int(first) * itemCount
          for second in items { counts[row + Int(second)] += 1 }
        }
      }
    }
    return counts
  }

  /// x_u · B for the user of each query, Q × I.
  func scores(of queries: ArraySlice<RankingQuery>, weights: Matrix) -> Matrix {
    let histories = queries.map { items(of: $0.user) }
    let offsets = histories.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    let columns = histories.flatMap { $0 }
    let x = SparseMatrix(
      columnCount: itemCount, offsets: offsets, columns: columns,
      values: [Float](repeating: 1, count: columns.count))
    let tape = Tape(recording: false)
    return tape.multiply(x, transposed: x.transposed(), tape.constant(weights)).value
  }
}
