extension Tape {
  /// Each row divided by its Euclidean norm; a row of zeros stays.
  public func unitRows(_ x: Variable) -> Variable {
    let (n, d) = (x.rows, x.columns)
    var inverse = [Float](repeating: 0, count: n)
    var value = x.value
    value.values.withUnsafeMutableBufferPointer {
      guard let out = $0.baseAddress else { return }
      for row in 0..<n {
        let from = UnsafePointer(out + row * d)
        let square = Kernels.dot(from, from, d)
        inverse[row] = square > 0 ? 1 / square.squareRoot() : 0
        Kernels.scale(inverse[row], out + row * d, d)
      }
    }
    let (unit, scales) = (value, inverse)
    return node(value, [x]) { g in
      x.contribute { dx in
        unit.read { unit in
          for row in 0..<n {
            let (z, slope, to) = (unit + row * d, g + row * d, dx + row * d)
            let along = Kernels.dot(slope, z, d)
            Kernels.axpy(scales[row], slope, to, d)
            Kernels.axpy(-scales[row] * along, z, to, d)
          }
        }
      }
    }
  }

  /// InfoNCE of cosines: each row of `a` is to be told its own row of `b` from the others.
  ///
  /// The mean over rows of −log(exp(cos(a_i, b_i) / τ) / Σ_j exp(cos(a_i, b_j) / τ)) (van den Oord
  /// et al., 2018).
  ///
  /// - Parameters:
  ///   - a: N × D.
  ///   - b: N × D.
  ///   - temperature: τ.
  /// - Returns: 1 × 1; zero for no rows.
  public func infoNCE(_ a: Variable, _ b: Variable, temperature: Float) -> Variable {
    precondition(a.rows == b.rows, "InfoNCE: rows differ")
    return softmaxCrossEntropy(
      scale(unitRows(a), by: 1 / temperature), table: unitRows(b),
      targets: (0..<a.rows).map { Int32($0) })
  }
}
