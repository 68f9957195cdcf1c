package import Tensors

extension Tape {
  /// Bi-interaction pooling, ½ ((Σ_f v_f)² − Σ_f v_f²) coordinate by coordinate.
  ///
  /// The sum of v_f ∘ v_g over all pairs: equations 3 and 4 of He and Chua, 2017.
  ///
  /// - Parameters:
  ///   - x: N × (F · D), the fields' vectors side by side.
  ///   - fields: F.
  /// - Returns: N × D.
  package func biInteraction(_ x: Variable, fields: Int) -> Variable {
    let n = x.rows
    let d = fields == 0 ? 0 : x.columns / fields
    precondition(x.columns == fields * d, "bi-interaction: \(x.columns) by \(fields) fields")
    var sums = Matrix(rows: n, columns: d)
    sums.values.withUnsafeMutableBufferPointer { buffer in
      guard let sums = buffer.baseAddress else { return }
      x.value.read { x in
        for row in 0..<n {
          for field in 0..<fields {
            Kernels.add(x + (row &* fields &+ field) &* d, to: sums + row &* d, d)
          }
        }
      }
    }
    let fieldSums = sums
    let value = Matrix(rows: n, columns: d) { out in
      fieldSums.read { sums in
        for i in 0..<n &* d { out[i] = sums[i] * sums[i] }
      }
      x.value.read { x in
        for row in 0..<n {
          let to = out + row &* d
          for field in 0..<fields {
            let from = x + (row &* fields &+ field) &* d
            for j in 0..<d { to[j] -= from[j] * from[j] }
          }
          for j in 0..<d { to[j] /= 2 }
        }
      }
    }
    return node(value, [x]) { g in
      x.contribute { dx in
        x.value.read { x in
          fieldSums.read { sums in
            for row in 0..<n {
              let (slope, sum) = (g + row &* d, sums + row &* d)
              for field in 0..<fields {
                let start = (row &* fields &+ field) &* d
                for j in 0..<d { dx[start &+ j] += slope[j] * (sum[j] - x[start &+ j]) }
              }
            }
          }
        }
      }
    }
  }

  /// A cross layer, x_0 ⟨x, w⟩ + b + x (equation 3 of Wang et al., 2017).
  ///
  /// - Parameters:
  ///   - start: x_0, N × K.
  ///   - x: N × K.
  ///   - weight: w, 1 × K.
  ///   - bias: b, 1 × K.
  /// - Returns: N × K.
  package func cross(
    _ start: Variable, _ x: Variable, weight: Variable, bias: Variable
  ) -> Variable {
    let (n, k) = (x.rows, x.columns)
    precondition(
      start.rows == n && start.columns == k && weight.value.count == k && bias.value.count == k,
      "cross: shapes differ")
    var products = [Float](repeating: 0, count: n)
    var value = x.value
    value.values.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      start.value.read { start in
        weight.value.read { w in
          bias.value.read { b in
            for row in 0..<n {
              let to = out + row &* k
              products[row] = Kernels.dot(UnsafePointer(to), w, k)
              Kernels.axpy(products[row], start + row &* k, to, k)
              Kernels.add(b, to: to, k)
            }
          }
        }
      }
    }
    let scales = products
    return node(value, [start, x, weight, bias]) { g in
      bias.contribute { db in for row in 0..<n { Kernels.add(g + row &* k, to: db, k) } }
      start.contribute { ds in
        for row in 0..<n { Kernels.axpy(scales[row], g + row &* k, ds + row &* k, k) }
      }
      // The slope of each ⟨x, w⟩.
      let slopes = start.value.read { start in
        (0..<n).map { Kernels.dot(g + $0 &* k, start + $0 &* k, k) }
      }
      weight.contribute { dw in
        x.value.read { x in
          for row in 0..<n { Kernels.axpy(slopes[row], x + row &* k, dw, k) }
        }
      }
      x.contribute { dx in
        weight.value.read { w in
          for row in 0..<n {
            Kernels.add(g + row &* k, to: dx + row &* k, k)
            Kernels.axpy(slopes[row], w, dx + row &* k, k)
          }
        }
      }
    }
  }
}
