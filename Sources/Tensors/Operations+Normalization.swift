extension Tape {
  /// Layer normalisation of each row, γ · (x − mean) / √(variance + ε) + β (Ba et al., 2016).
  ///
  /// - Parameters:
  ///   - x: N × D.
  ///   - gamma: 1 × D.
  ///   - beta: 1 × D.
  ///   - epsilon: Added to the variance.
  /// - Returns: N × D.
  public func layerNorm(
    _ x: Variable, gamma: Variable, beta: Variable, epsilon: Float = 1e-8
  ) -> Variable {
    let (n, d) = (x.rows, x.columns)
    precondition(gamma.value.count == d && beta.value.count == d, "layerNorm: width \(d)")
    var inverse = [Float](repeating: 0, count: n)
    let normalized = Matrix(rows: n, columns: d) { out in
      x.value.read { x in
        for row in 0..<n {
          let (from, to) = (x + row * d, out + row * d)
          let mean = Kernels.sum(from, d) / Float(d)
          for j in 0..<d { to[j] = from[j] - mean }
          let variance = Kernels.dot(UnsafePointer(to), UnsafePointer(to), d) / Float(d)
          inverse[row] = 1 / (variance + epsilon).squareRoot()
          Kernels.scale(inverse[row], to, d)
        }
      }
    }
    let value = Matrix(rows: n, columns: d) { out in
      normalized.read { z in
        gamma.value.read { gamma in
          beta.value.read { beta in
            for row in 0..<n {
              for j in 0..<d { out[row * d + j] = z[row * d + j] * gamma[j] + beta[j] }
            }
          }
        }
      }
    }
    let scales = inverse
    return node(value, [x, gamma, beta]) { g in
      beta.contribute { db in for row in 0..<n { Kernels.add(g + row * d, to: db, d) } }
      normalized.read { z in
        gamma.contribute { dg in
          for row in 0..<n {
            let (gr, zr) = (g + row * d, z + row * d)
            for j in 0..<d { dg[j] += gr[j] * zr[j] }
          }
        }
        gamma.value.read { gamma in
          x.contribute { dx in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: d) { buffer in
              guard let slope = buffer.baseAddress else { return }
              for row in 0..<n {
                let (gr, zr, to) = (g + row * d, z + row * d, dx + row * d)
                for j in 0..<d { slope[j] = gr[j] * gamma[j] }
                let mean = Kernels.sum(slope, d) / Float(d)
                let meanZ = Kernels.dot(slope, zr, d) / Float(d)
                let scale = scales[row]
                for j in 0..<d { to[j] += scale * (slope[j] - mean - zr[j] * meanZ) }
              }
            }
          }
        }
      }
    }
  }

  /// Root-mean-square normalisation of each row, γ · x / √(mean x² + ε) (Zhang and Sennrich, 2019).
  ///
  /// - Parameters:
  ///   - x: N × D.
  ///   - gamma: 1 × D.
  ///   - epsilon: Added to the mean square.
  /// - Returns: N × D.
  public func rmsNorm(_ x: Variable, gamma: Variable, epsilon: Float = 1e-5) -> Variable {
    let (n, d) = (x.rows, x.columns)
    precondition(gamma.value.count == d, "rmsNorm: width \(d)")
    var inverse = [Float](repeating: 0, count: n)
    let value = Matrix(rows: n, columns: d) { out in
      x.value.read { x in
        gamma.value.read { gamma in
          for row in 0..<n {
            let (from, to) = (x + row * d, out + row * d)
            let scale = 1 / (Kernels.dot(from, from, d) / Float(d) + epsilon).squareRoot()
            inverse[row] = scale
            for j in 0..<d { to[j] = from[j] * scale * gamma[j] }
          }
        }
      }
    }
    let scales = inverse
    return node(value, [x, gamma]) { g in
      x.value.read { input in
        gamma.contribute { dg in
          for row in 0..<n {
            let (gr, xr, scale) = (g + row * d, input + row * d, scales[row])
            for j in 0..<d { dg[j] += gr[j] * xr[j] * scale }
          }
        }
        gamma.value.read { gamma in
          x.contribute { dx in
            for row in 0..<n {
              let (gr, xr, to) = (g + row * d, input + row * d, dx + row * d)
              let scale = scales[row]
              var sum: Float = 0
              for j in 0..<d { sum += gr[j] * gamma[j] * xr[j] }
              let shared = sum * scale * scale / Float(d)
              for j in 0..<d { to[j] += scale * (gr[j] * gamma[j] - xr[j] * shared) }
            }
          }
        }
      }
    }
  }
}
