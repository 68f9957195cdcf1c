extension Tape {
  /// Mean softmax cross-entropy of logits x · tableᵀ, without ever holding all N × V of them.
  ///
  /// A few rows at a time: logits, their softmax, and at once the gradients of x and of the table,
  /// so that the working set stays in the cache. Both gradients are made in the forward pass.
  ///
  /// - Parameters:
  ///   - x: N × D.
  ///   - table: V × D.
  ///   - targets: N classes, each in 0..<V.
  ///   - chunk: Rows of logits that are held.
  /// - Returns: 1 × 1; zero for no rows.
  public func softmaxCrossEntropy(
    _ x: Variable, table: Variable, targets: [Int32], chunk: Int = 128
  ) -> Variable {
    let (n, d, v) = (x.rows, x.columns, table.rows)
    precondition(table.columns == d && targets.count == n, "cross-entropy: shapes differ")
    precondition(targets.allSatisfy { $0 >= 0 && Int($0) < v }, "cross-entropy: classes of \(v)")
    let learnsTable = isRecording && table.needsGradient
    var logits = [Float](repeating: 0, count: min(n, chunk) * v)
    var slopes = Matrix(rows: n, columns: d)
    var tableSlopes = Matrix(rows: learnsTable ? v : 0, columns: d)
    var total = 0.0
    let share = 1 / Float(max(n, 1))
    logits.withUnsafeMutableBufferPointer { logits in
      slopes.values.withUnsafeMutableBufferPointer { dx in
        tableSlopes.values.withUnsafeMutableBufferPointer { dt in
          guard let p = logits.baseAddress, let dx = dx.baseAddress else { return }
          x.value.read { x in
            table.value.read { table in
              for start in stride(from: 0, to: n, by: chunk) {
                let rows = min(chunk, n - start)
                BLAS.gemm(
                  m: rows, n: v, k: d, x + start * d, d, table, d, transposeB: true, p, v)
                for row in 0..<rows {
                  let target = Int(targets[start + row])
                  let logit = p[row * v + target]
                  total += Double(Kernels.softmax(p + row * v, v) - logit)
                  p[row * v + target] -= 1
                }
                guard isRecording else { continue }
                BLAS.gemm(
                  m: rows, n: d, k: v, alpha: share, p, v, table, d, dx + start * d, d)
                guard learnsTable, let dt = dt.baseAddress else { continue }
                BLAS.gemm(
                  m: v, n: d, k: rows, alpha: share, p, v, transposeA: true, x + start * d, d,
                  beta: 1, dt, d)
              }
            }
          }
        }
      }
    }
    let (xGradient, tableGradient) = (slopes, tableSlopes)
    let mean = Float(total) * share
    return node(Matrix(rows: 1, columns: 1, repeating: mean), [x, table]) { g in
      x.contribute { dx in xGradient.read { Kernels.axpy(g[0], $0, dx, n * d) } }
      table.contribute { dt in tableGradient.read { Kernels.axpy(g[0], $0, dt, v * d) } }
    }
  }
}
