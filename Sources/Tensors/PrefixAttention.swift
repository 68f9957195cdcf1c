/// Causal attention of many short continuations that share one prefix, without gradients.
///
/// The prefix' keys and values are computed once; all continuations look at them in one product.
///
/// - Parameters:
///   - queries: N × (heads · d), the continuations behind one another.
///   - keys: N × (keyHeads · d).
///   - values: N × (keyHeads · d).
///   - segments: The continuations; N rows in all.
///   - prefixKeys: P × (keyHeads · d).
///   - prefixValues: P × (keyHeads · d).
///   - heads: Query heads.
///   - keyHeads: Key and value heads; divides `heads`.
/// - Returns: N × (heads · d).
public func attentionWithPrefix(
  queries: Matrix, keys: Matrix, values: Matrix, segments: Segments, prefixKeys: Matrix,
  prefixValues: Matrix, heads: Int, keyHeads: Int
) -> Matrix {
  let (n, prefix) = (queries.rows, prefixKeys.rows)
  let (qWidth, kWidth) = (queries.columns, keys.columns)
  let d = qWidth / heads
  precondition(
    kWidth == keyHeads * d && segments.rows == n && keys.rows == n && values.rows == n
      && prefixKeys.columns == kWidth && prefixValues.rows == prefix && heads % keyHeads == 0,
    "attentionWithPrefix: shapes differ")
  let group = heads / keyHeads
  let scale = 1 / Float(d).squareRoot()
  let longest = (0..<segments.count).map { segments.offsets[$0 + 1] - segments.offsets[$0] }.max()
  let own = longest ?? 0
  let width = prefix + own
  var weights = [Float](repeating: 0, count: n * width)
  return Matrix(rows: n, columns: qWidth) { out in
    weights.withUnsafeMutableBufferPointer { buffer in
      guard let w = buffer.baseAddress else { return }
      queries.read { q in
        keys.read { k in
          values.read { v in
            prefixKeys.read { pk in
              prefixValues.read { pv in
                for head in 0..<heads {
                  let shared = head / group * d
                  BLAS.gemm(
                    m: n, n: prefix, k: d, alpha: scale, q + head * d, qWidth, pk + shared, kWidth,
                    transposeB: true, w, width)
                  for s in 0..<segments.count {
                    let row = segments.offsets[s]
                    let length = segments.offsets[s + 1] - row
                    BLAS.gemm(
                      m: length, n: length, k: d, alpha: scale, q + row * qWidth + head * d, qWidth,
                      k + row * kWidth + shared, kWidth, transposeB: true, w + row * width + prefix,
                      width)
                    for i in 0..<length {
                      Kernels.softmax(w + (row + i) * width, prefix + i + 1)
                      (w + (row + i) * width + prefix + i + 1)
                        .update(repeating: 0, count: length - i - 1)
                    }
                  }
                  BLAS.gemm(
                    m: n, n: d, k: prefix, w, width, pv + shared, kWidth, out + head * d, qWidth)
                  for s in 0..<segments.count {
                    let row = segments.offsets[s]
                    let length = segments.offsets[s + 1] - row
                    BLAS.gemm(
                      m: length, n: d, k: length, w + row * width + prefix, width,
                      v + row * kWidth + shared, kWidth, beta: prefix > 0 ? 1 : 0,
                      out + row * qWidth + head * d, qWidth)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

extension Matrix {
  /// Rows `range` as a matrix of their own.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// Each row's logarithm of the softmax, in place.
  public mutating func logSoftmaxRows() {
    let width = columns
    let height = rows
    values.withUnsafeMutableBufferPointer { buffer in
      guard let x = buffer.baseAddress else { return }
      var scratch = [Float](repeating: 0, count: width)
      scratch.withUnsafeMutableBufferPointer { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for row in 0..<height {
          let start = x + row * width
          scratch.update(from: start, count: width)
          let normalizer = Kernels.softmax(scratch, width)
          for j in 0..<width { start[j] -= normalizer }
        }
      }
    }
  }
}
