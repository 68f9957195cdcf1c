package import Tensors

extension Tape {
  /// v_f ∘ v_g of each pair f < g, in the order (0, 1), (0, 2), …, (F − 2, F − 1).
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: (N · P) × D with P = F (F − 1) / 2, a sample's pairs below one another.
  package func fieldProducts(_ x: Variable, fields: Int) -> Variable {
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
}
