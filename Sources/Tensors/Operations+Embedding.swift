/// A sparse matrix in compressed rows: row r holds `values[offsets[r]..<offsets[r + 1]]` at `columns`.
public struct SparseMatrix: Sendable, Equatable {
  public let rowCount: Int
  public let columnCount: Int
  /// rowCount + 1 ascending positions.
  public let offsets: [Int]
  /// Column of each stored number.
  public let columns: [Int32]
  public let values: [Float]

  /// Wraps compressed rows; traps on offsets or columns that do not fit.
  public init(columnCount: Int, offsets: [Int], columns: [Int32], values: [Float]) {
    precondition(offsets.first == 0 && offsets.last == columns.count, "sparse offsets")
    precondition(columns.count == values.count, "sparse values")
    precondition(columns.allSatisfy { $0 >= 0 && Int($0) < columnCount }, "sparse columns")
    rowCount = offsets.count - 1
    self.columnCount = columnCount
    self.offsets = offsets
    self.columns = columns
    self.values = values
  }

  /// The same matrix with rows and columns exchanged.
  public func transposed() -> SparseMatrix {
    var counts = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { counts[Int(column) + 1] += 1 }
    for i in 0..<columnCount { counts[i + 1] += counts[i] }
    var next = counts
    var newColumns = [Int32](repeating: 0, count: columns.count)
    var newValues = [Float](repeating: 0, count: columns.count)
    for row in 0..<rowCount {
      for k in offsets[row]..<offsets[row + 1] {
        let to = next[Int(columns[k])]
        next[Int(columns[k])] += 1
        newColumns[to] = Int32(row)
        newValues[to] = values[k]
      }
    }
    return SparseMatrix(
      columnCount: rowCount, offsets: counts, columns: newColumns, values: newValues)
  }

  /// Y ← Y + S · X, with X columnCount × d and Y rowCount × d.
  func multiplyAdd(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, width d: Int
  ) {
    offsets.withUnsafeBufferPointer { offsets in
      columns.withUnsafeBufferPointer { columns in
        values.withUnsafeBufferPointer { values in
          for row in 0..<rowCount {
            let out = y + row &* d
            for k in offsets[row]..<offsets[row &+ 1] {
              Kernels.axpy(values[k], x + Int(columns[k]) &* d, out, d)
            }
          }
        }
      }
    }
  }
}

extension Tape {
  /// Rows of a table, by number: the embedding look-up.
  ///
  /// The gradient is row-sparse: only gathered rows are written, and a row-sparse parameter remembers them.
  ///
  /// - Parameters:
  ///   - table: V × D.
  ///   - rows: N row numbers, each in 0..<V.
  /// - Returns: N × D.
  public func gather(_ table: Variable, rows: [Int32]) -> Variable {
    let d = table.columns
    return node(table.value.gathering(rows: rows), [table]) { g in
      table.scatter { dt in
        for (n, row) in rows.enumerated() { Kernels.add(g + n &* d, to: dt + Int(row) &* d, d) }
      }
      table.touch(rows)
    }
  }

  /// S · x for a fixed sparse S: neighbourhood sums, pooled multi-valued features, composed embeddings.
  ///
  /// - Parameters:
  ///   - matrix: R × C.
  ///   - transposed: Sᵀ, computed once by the caller because every step needs it.
  ///   - x: C × D.
  /// - Returns: R × D.
  public func multiply(
    _ matrix: SparseMatrix, transposed: SparseMatrix, _ x: Variable
  ) -> Variable {
    precondition(
      x.rows == matrix.columnCount && transposed.columnCount == matrix.rowCount,
      "sparse product: \(matrix.rowCount)×\(matrix.columnCount) by \(x.rows) rows")
    let d = x.columns
    var value = Matrix(rows: matrix.rowCount, columns: d)
    value.values.withUnsafeMutableBufferPointer { out in
      x.value.read { x in
        if let out = out.baseAddress { matrix.multiplyAdd(x, into: out, width: d) }
      }
    }
    return node(value, [x]) { g in
      x.contribute { transposed.multiplyAdd(g, into: $0, width: d) }
    }
  }
}
