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
    precondition(
      offsets.first == 0 && offsets.last == columns.count
        && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "sparse offsets")
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
            let entries = offsets[row]..<offsets[row &+ 1]
            var start = 0
            while start &+ Self.block <= d {
              addBlock(entries, columns, values, x + start, stride: d, to: y + row &* d + start)
              start &+= Self.block
            }
            if start < d {
              for k in entries {
                Kernels.axpy(
                  values[k], x + Int(columns[k]) &* d + start, y + row &* d + start, d &- start)
              }
            }
          }
        }
      }
    }
  }

  /// Columns of a row of Y that are summed at once: they fill half of the vector registers.
  private static let block = 64

  /// Adds some entries' rows of X, `block` columns of them, to a row of Y that stays in registers.
  @inline(__always)
  private func addBlock(
    _ entries: Range<Int>, _ columns: UnsafeBufferPointer<Int32>,
    _ values: UnsafeBufferPointer<Float>, _ x: UnsafePointer<Float>, stride: Int,
    to y: UnsafeMutablePointer<Float>
  ) {
    let out = UnsafePointer(y)
    var (y0, y1) = (Kernels.load(out, 0), Kernels.load(out, 8))
    var (y2, y3) = (Kernels.load(out, 16), Kernels.load(out, 24))
    var (y4, y5) = (Kernels.load(out, 32), Kernels.load(out, 40))
    var (y6, y7) = (Kernels.load(out, 48), Kernels.load(out, 56))
    for k in entries {
      let from = x + Int(columns[k]) &* stride
      let value = Kernels.Lanes(repeating: values[k])
      y0.addProduct(value, Kernels.load(from, 0))
      y1.addProduct(value, Kernels.load(from, 8))
      y2.addProduct(value, Kernels.load(from, 16))
      y3.addProduct(value, Kernels.load(from, 24))
      y4.addProduct(value, Kernels.load(from, 32))
      y5.addProduct(value, Kernels.load(from, 40))
      y6.addProduct(value, Kernels.load(from, 48))
      y7.addProduct(value, Kernels.load(from, 56))
    }
    Kernels.store(y0, y, 0)
    Kernels.store(y1, y, 8)
    Kernels.store(y2, y, 16)
    Kernels.store(y3, y, 24)
    Kernels.store(y4, y, 32)
    Kernels.store(y5, y, 40)
    Kernels.store(y6, y, 48)
    Kernels.store(y7, y, 56)
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

  /// Rows of several tables that are numbered through, as if they stood below one another.
  ///
  /// - Parameters:
  ///   - tables: V₁ × D, V₂ × D and so on.
  ///   - rows: N row numbers, each in 0..<V₁ + V₂ + ….
  /// - Returns: N × D.
  public func gather(_ tables: [Variable], rows: [Int32]) -> Variable {
    if tables.count == 1 { return gather(tables[0], rows: rows) }
    let d = tables.first?.columns ?? 0
    precondition(tables.allSatisfy { $0.columns == d }, "gather: widths differ")
    let starts = tables.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    // Where each row lies: its table, and its number there.
    let places = rows.map { row in
      guard let table = starts.lastIndex(where: { $0 <= Int(row) }), table < tables.count else {
        preconditionFailure("gather: row \(row) of \(starts[tables.count])")
      }
      return (table: table, row: row - Int32(starts[table]))
    }
    let value = Matrix(rows: rows.count, columns: d) { out in
      for (n, place) in places.enumerated() {
        tables[place.table].value.read {
          (out + n * d).update(from: $0 + Int(place.row) * d, count: d)
        }
      }
    }
    return node(value, tables) { g in
      // Equal rows are summed before they reach the table, as if they had been stacked.
      var sums: [Int32: Int] = [:]
      var summed: [Int] = []
      for (n, row) in rows.enumerated()
      where sums.updateValue(sums[row] ?? summed.count, forKey: row) == nil {
        summed.append(n)
      }
      var gradient = Matrix(rows: summed.count, columns: d)
      gradient.values.withUnsafeMutableBufferPointer { sum in
        guard let sum = sum.baseAddress else { return }
        for (n, row) in rows.enumerated() {
          Kernels.add(g + n &* d, to: sum + (sums[row] ?? 0) &* d, d)
        }
      }
      for (table, variable) in tables.enumerated() {
        let own = summed.indices.filter { places[summed[$0]].table == table }
        variable.scatter { dt in
          gradient.read { sum in
            for index in own {
              Kernels.add(sum + index &* d, to: dt + Int(places[summed[index]].row) &* d, d)
            }
          }
        }
        variable.touch(own.map { places[summed[$0]].row })
      }
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
      x.rows == matrix.columnCount && transposed.rowCount == matrix.columnCount
        && transposed.columnCount == matrix.rowCount,
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
