internal import Tensors

/// The products x_i z_j of a row, field after field: those of z_j start at `offsets[j]`, with i from
/// `firstInput(j)` on.
struct FieldPairs {
  let inputs: Int
  let fields: Int
  /// Whether x is z, so that i ≥ j is enough.
  let isSquare: Bool
  /// Rows of all blocks together.
  let rows: Int
  let offsets: [Int]
  /// Products of a row.
  let count: Int

  /// Rows of a block: with 1,024 products a row, half a megabyte, half a level-2 cache.
  static let blockRows = 128

  init(inputs: Int, fields: Int, isSquare: Bool, rows: Int) {
    (self.inputs, self.fields, self.isSquare, self.rows) = (inputs, fields, isSquare, rows)
    let ends = (0..<fields).reduce(into: [0]) {
      $0.append($0[$0.count - 1] + inputs - (isSquare ? $1 : 0))
    }
    offsets = ends
    count = ends[fields]
  }

  @inline(__always)
  private func firstInput(_ field: Int) -> Int { isSquare ? field : 0 }

  /// Weights in the order of the products, of the given inputs alone: H × count.
  func packed(_ weight: Matrix, inputs: [Int]) -> Matrix {
    Matrix(rows: weight.rows, columns: count) { out in
      weight.read { w in
        for row in 0..<weight.rows {
          let (from, to) = (w + row &* weight.columns, out + row &* count)
          for j in 0..<fields {
            for i in firstInput(j)..<self.inputs {
              let sum = from[inputs[i] &* fields &+ j]
              let other = isSquare && i != j ? from[j &* fields &+ i] : 0
              to[offsets[j] &+ i &- firstInput(j)] = sum + other
            }
          }
        }
      }
    }
  }

  /// Adds a row of packed slopes to the slopes of the weights of one map.
  func unpack(
    _ slopes: Matrix, row: Int, inputs: [Int], into dw: UnsafeMutablePointer<Float>
  ) {
    slopes.read { slopes in
      let from = slopes + row &* count
      for j in 0..<fields {
        for i in firstInput(j)..<self.inputs {
          let slope = from[offsets[j] &+ i &- firstInput(j)]
          dw[inputs[i] &* fields &+ j] += slope
          if isSquare, i != j { dw[j &* fields &+ i] += slope }
        }
      }
    }
  }

  /// Calls a closure with the products of block after block of rows, which it may overwrite.
  func visitBlocks(
    _ x: Matrix, _ start: Matrix,
    _ body: (_ first: Int, _ count: Int, _ products: UnsafeMutablePointer<Float>) -> Void
  ) {
    guard count > 0 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.blockRows * count) { buffer in
      guard let products = buffer.baseAddress else { return }
      for first in stride(from: 0, to: rows, by: Self.blockRows) {
        let block = first..<min(first + Self.blockRows, rows)
        x.read { x in
          start.read { z in
            var to = products
            for row in block {
              let (x, z) = (x + row &* inputs, z + row &* fields)
              for j in 0..<fields {
                let width = inputs &- firstInput(j)
                Kernels.scale(z[j], x + firstInput(j), into: to, width)
                to += width
              }
            }
          }
        }
        body(first, block.count, products)
      }
    }
  }

  /// Adds what the slopes of a block's products give to the slopes of x and z.
  func contract(
    _ slopes: UnsafePointer<Float>, _ x: Matrix, _ start: Matrix, rows: Range<Int>,
    _ dx: UnsafeMutablePointer<Float>, _ dz: UnsafeMutablePointer<Float>
  ) {
    x.read { x in
      start.read { z in
        var slopes = slopes
        for row in rows {
          for j in 0..<fields {
            let (first, width) = (row &* inputs &+ firstInput(j), inputs &- firstInput(j))
            dz[row &* fields &+ j] += Kernels.dot(slopes, x + first, width)
            Kernels.axpy(z[row &* fields &+ j], slopes, dx + first, width)
            slopes += width
          }
        }
      }
    }
  }
}
