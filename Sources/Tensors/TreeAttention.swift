/// Attention of nodes in a tree of continuations that share one prefix, without gradients.
///
/// A node sees the whole prefix, its ancestors and itself. All nodes look at the prefix in one product; their
/// paths are short and differ, so they are walked one by one.
///
/// - Parameters:
///   - queries: N × (heads · d), of the nodes that are computed.
///   - prefixKeys: P × (keyHeads · d).
///   - prefixValues: P × (keyHeads · d).
///   - keys: T × (keyHeads · d), of every node of the tree so far.
///   - values: T × (keyHeads · d).
///   - paths: For each of the N queries the nodes that it sees, from the root to itself.
///   - heads: Query heads.
///   - keyHeads: Key and value heads; divides `heads`.
/// - Returns: N × (heads · d).
public func attentionOnTree(
  queries: Matrix, prefixKeys: Matrix, prefixValues: Matrix, keys: Matrix, values: Matrix,
  paths: [[Int32]], heads: Int, keyHeads: Int
) -> Matrix {
  let (n, prefix) = (queries.rows, prefixKeys.rows)
  let (qWidth, kWidth) = (queries.columns, keys.columns)
  let d = qWidth / heads
  precondition(
    kWidth == keyHeads * d && paths.count == n && values.rows == keys.rows
      && values.columns == kWidth && prefixKeys.columns == kWidth
      && prefixValues.columns == kWidth && prefixValues.rows == prefix
      && heads.isMultiple(of: keyHeads)
      && paths.allSatisfy { $0.allSatisfy { $0 >= 0 && $0 < keys.rows } },
    "attentionOnTree: shapes differ")
  let scale = 1 / Float(d).squareRoot()
  let width = prefix + (paths.map(\.count).max() ?? 0)
  var weights = [Float](repeating: 0, count: n * width)
  return Matrix(rows: n, columns: qWidth) { out in
    weights.withUnsafeMutableBufferPointer { buffer in
      guard let w = buffer.baseAddress else { return }
      queries.read { q in
        for head in 0..<heads {
          let shared = head / (heads / keyHeads) * d
          prefixKeys.read {
            BLAS.gemm(
              m: n, n: prefix, k: d, alpha: scale, q + head * d, qWidth, $0 + shared, kWidth,
              transposeB: true, w, width)
          }
          keys.read { k in
            for (row, path) in paths.enumerated() {
              let own = w + row * width + prefix
              for (place, node) in path.enumerated() {
                own[place] =
                  scale
                  * Kernels.dot(q + row * qWidth + head * d, k + Int(node) * kWidth + shared, d)
              }
              Kernels.softmax(w + row * width, prefix + path.count)
            }
          }
          prefixValues.read {
            if prefix > 0 {
              BLAS.gemm(
                m: n, n: d, k: prefix, w, width, $0 + shared, kWidth, out + head * d, qWidth)
            } else {
              for row in 0..<n { (out + row * qWidth + head * d).update(repeating: 0, count: d) }
            }
          }
          values.read { v in
            for (row, path) in paths.enumerated() {
              for (place, node) in path.enumerated() {
                Kernels.axpy(
                  w[row * width + prefix + place], v + Int(node) * kWidth + shared,
                  out + row * qWidth + head * d, d)
              }
            }
          }
        }
      }
    }
  }
}
