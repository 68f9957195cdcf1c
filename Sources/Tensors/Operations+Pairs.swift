extension Tape {
  /// v_f ∘ v_g of each pair f < g, in the order (0, 1), (0, 2), …, (F − 2, F − 1).
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: (N · P) × D with P = F (F − 1) / 2, a sample's pairs below one another.
  public func fieldProducts(_ x: Variable, fields: Int) -> Variable {
    let n = x.rows
    let d = fields == 0 ? 0 : x.columns / fields
    precondition(x.columns == fields * d, "field products: \(x.columns) by \(fields) fields")
    let pairs = (0..<fields).flatMap { f in (f + 1..<max(fields, f + 1)).map { (f, $0) } }
    let value = Matrix(rows: n * pairs.count, columns: d) { out in
      x.value.read { x in
        var to = out
        for row in 0..<n {
          let sample = x + row &* fields &* d
          for (f, g) in pairs {
            let (a, b) = (sample + f &* d, sample + g &* d)
            for j in 0..<d { to[j] = a[j] * b[j] }
            to += d
          }
        }
      }
    }
    return node(value, [x]) { slopes in
      x.contribute { dx in
        x.value.read { x in
          var from = slopes
          for row in 0..<n {
            let start = row &* fields &* d
            for (f, g) in pairs {
              let (a, b) = (start &+ f &* d, start &+ g &* d)
              for j in 0..<d {
                dx[a &+ j] += from[j] * x[b &+ j]
                dx[b &+ j] += from[j] * x[a &+ j]
              }
              from += d
            }
          }
        }
      }
    }
  }

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
