extension Tape {
  /// The mean of each group of rows, weighted by the softmax of their logits.
  ///
  /// - Parameters:
  ///   - x: (N · P) × D, the groups below one another.
  ///   - logits: (N · P) × 1.
  ///   - group: P, rows of a group.
  ///   - groups: N.
  /// - Returns: N × D; zeros for groups without rows.
  public func softmaxPool(
    _ x: Variable, logits: Variable, group: Int, groups: Int
  ) -> Variable {
    let d = x.columns
    precondition(
      x.rows == groups * group && logits.value.count == x.rows, "softmax pool: shapes differ")
    var weights = logits.value
    var value = Matrix(rows: groups, columns: d)
    weights.values.withUnsafeMutableBufferPointer { weights in
      value.values.withUnsafeMutableBufferPointer { out in
        guard group > 0, let p = weights.baseAddress, let out = out.baseAddress else { return }
        x.value.read { x in
          for n in 0..<groups {
            Kernels.softmax(p + n &* group, group)
            for row in n &* group..<(n &+ 1) &* group {
              Kernels.axpy(p[row], x + row &* d, out + n &* d, d)
            }
          }
        }
      }
    }
    let (softmax, pooled) = (weights, value)
    return node(value, [x, logits]) { g in
      softmax.read { p in
        x.contribute { dx in
          for row in 0..<groups &* group {
            Kernels.axpy(p[row], g + row / group &* d, dx + row &* d, d)
          }
        }
        logits.contribute { dl in
          x.value.read { x in
            pooled.read { pooled in
              // p (⟨g, x⟩ − Σ p ⟨g, x⟩), where the sum is ⟨g, pooled⟩.
              for n in 0..<groups {
                let slope = g + n &* d
                let mean = Kernels.dot(slope, pooled + n &* d, d)
                for row in n &* group..<(n &+ 1) &* group {
                  dl[row] += p[row] * (Kernels.dot(slope, x + row &* d, d) - mean)
                }
              }
            }
          }
        }
      }
    }
  }
}
