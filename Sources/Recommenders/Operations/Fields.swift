package import Tensors

/// Which rows of a table belong to each cell of a batch: N rows of F fields, a list a cell.
package struct FieldBags: Sendable, Equatable {
  /// F.
  package let fields: Int
  /// N · F + 1 ascending positions in `indices`.
  package private(set) var offsets = [0]
  /// Rows of the table.
  package private(set) var indices: [Int32] = []

  /// An empty batch.
  package init(fields: Int) { self.fields = fields }

  /// Adds the next cell, row after row; an empty one has a zero vector.
  package mutating func append(_ cell: ArraySlice<Int32>) {
    indices += cell
    offsets.append(indices.count)
  }

  /// Adds the cells of one row of other bags.
  package mutating func append(row: Int, of other: FieldBags) {
    let cells = row * other.fields..<(row + 1) * other.fields
    let start = other.offsets[cells.lowerBound]
    let shift = indices.count - start
    indices += other.indices[start..<other.offsets[cells.upperBound]]
    for cell in cells { offsets.append(other.offsets[cell + 1] + shift) }
  }

  /// N.
  package var rows: Int { fields == 0 ? 0 : (offsets.count - 1) / fields }
}

extension Tape {
  /// The mean of the table rows in each cell, side by side: pooled multi-valued features.
  ///
  /// - Parameters:
  ///   - table: V × D.
  ///   - bags: N × F lists of rows, each in 0..<V.
  /// - Returns: N × (F · D); zeros for an empty list.
  package func meanEmbeddings(_ table: Variable, _ bags: FieldBags) -> Variable {
    let d = table.columns
    let cells = bags.offsets.count - 1
    precondition(cells == bags.rows * bags.fields, "bags: \(cells) cells of \(bags.fields) fields")
    precondition(
      bags.indices.allSatisfy { $0 >= 0 && Int($0) < table.rows }, "bags: rows of the table")
    var value = Matrix(rows: bags.rows, columns: bags.fields * d)
    value.values.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      table.value.read { table in
        bags.visit { cell, row, share in
          Kernels.axpy(share, table + row &* d, out + cell &* d, d)
        }
      }
    }
    return node(value, [table]) { g in
      table.scatter { dt in
        bags.visit { cell, row, share in
          Kernels.axpy(share, g + cell &* d, dt + row &* d, d)
        }
      }
      table.touch(bags.indices)
    }
  }

  /// Vectors of fields as one row a coordinate: each sample's F × D block is transposed.
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: (N · D) × F.
  package func coordinateRows(_ x: Variable, fields: Int) -> Variable {
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

  /// The pairs of a factorisation machine, Σ_{f<g} ⟨v_f, v_g⟩ (Rendle, 2010, equation 1).
  ///
  /// Computed as ½ Σ_d ((Σ_f v_fd)² − Σ_f v_fd²) (lemma 3.1).
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: N × 1.
  package func factorizationMachine(_ x: Variable, fields: Int) -> Variable {
    let n = x.rows
    let d = fields == 0 ? 0 : x.columns / fields
    precondition(x.columns == fields * d, "factorisation machine: \(x.columns) by \(fields) fields")
    var sums = Matrix(rows: n, columns: d)
    let value = Matrix(rows: n, columns: 1) { out in
      sums.values.withUnsafeMutableBufferPointer { buffer in
        guard let sums = buffer.baseAddress else {
          out.update(repeating: 0, count: n)
          return
        }
        x.value.read { x in
          for row in 0..<n {
            let (from, sum) = (x + row &* fields &* d, sums + row &* d)
            for field in 0..<fields { Kernels.add(from + field &* d, to: sum, d) }
            let total = Kernels.dot(UnsafePointer(sum), UnsafePointer(sum), d)
            out[row] = (total - Kernels.dot(from, from, fields &* d)) / 2
          }
        }
      }
    }
    let fieldSums = sums
    return node(value, [x]) { g in
      x.contribute { dx in
        x.value.read { x in
          fieldSums.read { sums in
            for row in 0..<n {
              let start = row &* fields &* d
              for field in 0..<fields {
                Kernels.axpy(g[row], sums + row &* d, dx + start + field &* d, d)
              }
              Kernels.axpy(-g[row], x + start, dx + start, fields &* d)
            }
          }
        }
      }
    }
  }
}

extension FieldBags {
  /// Calls a closure with each cell, each of its table rows, and 1 over their number.
  @inline(__always)
  fileprivate func visit(_ body: (_ cell: Int, _ row: Int, _ share: Float) -> Void) {
    offsets.withUnsafeBufferPointer { offsets in
      indices.withUnsafeBufferPointer { indices in
        for cell in 0..<offsets.count - 1 {
          let range = offsets[cell]..<offsets[cell + 1]
          let share = 1 / Float(max(range.count, 1))
          for k in range { body(cell, Int(indices[k]), share) }
        }
      }
    }
  }
}
