package import Tensors

extension Tape {
  /// Feature maps of a compressed interaction network, ReLU(Σ_ij W_h,ij x_i z_j + b_h) in each row.
  ///
  /// Equation 6 of Lian et al., 2018, with a row for each sample and coordinate. The products x_i z_j
  /// are made for a block of rows that stays in the cache and are made again going backwards. In the
  /// first layer, where x is z, each pair of fields is taken once with W_ij + W_ji. Maps that are zero
  /// in all rows, read or written, are left out: neither they nor their slopes add anything.
  ///
  /// - Parameters:
  ///   - x: R × A: `start` itself, or maps out of a rectifier, of which one that is zero in all rows
  ///     gets no gradient, because the rectifier lets none through.
  ///   - start: z, R × F.
  ///   - weight: W, H × (A · F), the weight of x_i z_j at column i · F + j.
  ///   - bias: b, 1 × H.
  /// - Returns: R × H.
  package func featureMaps(
    _ x: Variable, _ start: Variable, weight: Variable, bias: Variable
  ) -> Variable {
    let (rows, maps) = (x.rows, weight.rows)
    precondition(
      start.rows == rows && weight.columns == x.columns * start.columns
        && bias.value.count == maps, "feature maps: shapes differ")
    let isSquare = x === start
    let read = isSquare ? Array(0..<x.columns) : x.value.columnsWithValues()
    let pairs = FieldPairs(
      inputs: read.count, fields: start.columns, isSquare: isSquare, rows: rows)
    let states = x.value.gathering(columns: read)
    let packed = pairs.packed(weight.value, inputs: read)

    let value = Matrix(rows: rows, columns: maps) { out in
      bias.value.read { b in
        for row in 0..<rows { (out + row &* maps).update(from: b, count: maps) }
      }
      packed.read { w in
        pairs.visitBlocks(states, start.value) { first, count, products in
          BLAS.gemm(
            m: count, n: maps, k: pairs.count, products, pairs.count, w, pairs.count,
            transposeB: true, beta: 1, out + first &* maps, maps)
        }
      }
      for i in 0..<rows &* maps { out[i] = max(out[i], 0) }
    }
    return node(value, [x, start, weight, bias]) { g in
      let written = value.columnsWithValues()
      guard !written.isEmpty else {
        // Slopes of zero, which an optimizer with momentum does not take for none.
        for parent in [x, start, weight, bias] { parent.contribute { _ in } }
        return
      }
      let slopes = value.slopes(g, columns: written)
      let height = written.count
      var weightSlopes = Matrix(rows: height, columns: pairs.count)
      var stateSlopes = Matrix(rows: rows, columns: read.count)
      var startSlopes = Matrix(rows: rows, columns: start.columns)
      weightSlopes.write { dw in
        stateSlopes.write { ds in
          startSlopes.write { dz in
            slopes.read { g in
              packed.gathering(rows: written.map { Int32($0) }).read { w in
                pairs.visitBlocks(states, start.value) { first, count, products in
                  let g = g + first &* height
                  BLAS.gemm(
                    m: height, n: pairs.count, k: count, g, height, transposeA: true, products,
                    pairs.count, beta: 1, dw, pairs.count)
                  // The products are done with: their slopes take their place.
                  BLAS.gemm(
                    m: count, n: pairs.count, k: height, g, height, w, pairs.count, products,
                    pairs.count)
                  pairs.contract(
                    products, states, start.value, rows: first..<first &+ count, ds, dz)
                }
              }
            }
          }
        }
      }
      x.contribute { stateSlopes.scatterAdd(to: $0, columns: read, width: x.columns) }
      start.contribute { dz in
        startSlopes.read { Kernels.add($0, to: dz, rows &* start.columns) }
      }
      weight.contribute { dw in
        for (row, map) in written.enumerated() {
          pairs.unpack(weightSlopes, row: row, inputs: read, into: dw + map &* weight.columns)
        }
      }
      bias.contribute { db in
        let sums = slopes.columnSums()
        for (column, map) in written.enumerated() { db[map] += sums[column] }
      }
    }
  }
}

extension Matrix {
  /// The columns with a number other than 0.
  fileprivate func columnsWithValues() -> [Int] {
    var largest = [Float](repeating: 0, count: columns)
    read { values in
      for row in 0..<rows {
        for column in 0..<columns {
          largest[column] = max(largest[column], abs(values[row &* columns &+ column]))
        }
      }
    }
    return largest.indices.filter { largest[$0] != 0 }
  }

  /// The sum of each column.
  fileprivate func columnSums() -> [Float] {
    var sums = Matrix(rows: 1, columns: columns)
    sums.write { sums in
      read { for row in 0..<rows { Kernels.add($0 + row &* columns, to: sums, columns) } }
    }
    return sums.values
  }

  /// The matrix of some columns; all of them come without a copy.
  fileprivate func gathering(columns chosen: [Int]) -> Matrix {
    guard chosen.count < columns else { return self }
    return select(chosen) { from, _, column in from[column] }
  }

  /// The slopes of some columns before a rectifier whose output this is.
  fileprivate func slopes(_ g: UnsafePointer<Float>, columns chosen: [Int]) -> Matrix {
    select(chosen) { from, row, column in
      from[column] > 0 ? g[row &* columns &+ column] : 0
    }
  }

  @inline(__always)
  private func select(
    _ chosen: [Int], _ element: (UnsafePointer<Float>, _ row: Int, _ column: Int) -> Float
  ) -> Matrix {
    Matrix(rows: rows, columns: chosen.count) { out in
      read { values in
        chosen.withUnsafeBufferPointer { chosen in
          for row in 0..<rows {
            let to = out + row &* chosen.count
            for i in 0..<chosen.count { to[i] = element(values + row &* columns, row, chosen[i]) }
          }
        }
      }
    }
  }

  /// Adds the columns to chosen columns of a wider matrix.
  fileprivate func scatterAdd(
    to out: UnsafeMutablePointer<Float>, columns chosen: [Int], width: Int
  ) {
    read { values in
      for row in 0..<rows {
        for (i, column) in chosen.enumerated() {
          out[row &* width &+ column] += values[row &* columns &+ i]
        }
      }
    }
  }

  /// Runs a closure on the first element; the pointer of an empty matrix must not be used.
  fileprivate mutating func write(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    values.withUnsafeMutableBufferPointer {
      body($0.baseAddress ?? UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped)
    }
  }
}
