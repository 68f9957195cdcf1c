extension Tape {
  /// The same numbers in the same order as a matrix of another shape.
  public func reshape(_ x: Variable, rows: Int, columns: Int) -> Variable {
    precondition(rows * columns == x.value.count, "reshape: \(x.value.count) to \(rows)×\(columns)")
    let count = x.value.count
    return node(Matrix(rows: rows, columns: columns, values: x.value.values), [x]) { g in
      x.contribute { Kernels.add(g, to: $0, count) }
    }
  }

  /// Vectors of fields as one row a coordinate: each sample's F × D block is transposed.
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: (N · D) × F.
  public func coordinateRows(_ x: Variable, fields: Int) -> Variable {
    let n = x.rows
    let d = fields == 0 ? 0 : x.columns / fields
    precondition(x.columns == fields * d, "coordinate rows: \(x.columns) by \(fields) fields")
    let value = Matrix(rows: n * d, columns: fields) { out in
      x.value.read { x in
        for row in 0..<n {
          let block = row &* fields &* d
          for j in 0..<d {
            for field in 0..<fields {
              out[block &+ j &* fields &+ field] = x[block &+ field &* d &+ j]
            }
          }
        }
      }
    }
    return node(value, [x]) { g in
      x.contribute { dx in
        for row in 0..<n {
          let block = row &* fields &* d
          for j in 0..<d {
            for field in 0..<fields {
              dx[block &+ field &* d &+ j] += g[block &+ j &* fields &+ field]
            }
          }
        }
      }
    }
  }
}
