public import Foundations

extension Tape {
  /// max(x, 0).
  public func relu(_ x: Variable) -> Variable {
    let count = x.value.count
    let value = Matrix(rows: x.rows, columns: x.columns) { out in
      x.value.read { x in for i in 0..<count { out[i] = max(x[i], 0) } }
    }
    return node(value, [x]) { g in
      x.contribute { dx in
        x.value.read { x in for i in 0..<count { dx[i] += x[i] > 0 ? g[i] : 0 } }
      }
    }
  }

  /// SwiGLU's product, silu(gate) · up with silu(z) = z · σ(z) (Shazeer, 2020).
  public func swiglu(gate: Variable, up: Variable) -> Variable {
    precondition(gate.rows == up.rows && gate.columns == up.columns, "swiglu: shapes differ")
    let count = gate.value.count
    let sigma = Matrix(rows: gate.rows, columns: gate.columns) { out in
      gate.value.read { Kernels.sigmoid($0, into: out, count) }
    }
    let value = Matrix(rows: gate.rows, columns: gate.columns) { out in
      gate.value.read { z in
        up.value.read { u in
          sigma.read { s in for i in 0..<count { out[i] = z[i] * s[i] * u[i] } }
        }
      }
    }
    return node(value, [gate, up]) { g in
      gate.contribute { dz in
        gate.value.read { z in
          up.value.read { u in
            sigma.read { s in
              for i in 0..<count { dz[i] += g[i] * u[i] * s[i] * (1 + z[i] * (1 - s[i])) }
            }
          }
        }
      }
      up.contribute { du in
        gate.value.read { z in
          sigma.read { s in for i in 0..<count { du[i] += g[i] * z[i] * s[i] } }
        }
      }
    }
  }

  /// Sets each number to zero with a probability and scales the rest by 1 / (1 − rate).
  ///
  /// - Parameters:
  ///   - x: Input.
  ///   - rate: Probability of zero, 0 ≤ rate < 1.
  ///   - random: Consumed only while recording and for a positive rate.
  /// - Returns: x itself on a tape that does not record.
  public func dropout(_ x: Variable, rate: Float, using random: inout SeededRandom) -> Variable {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate)")
    guard isRecording, rate > 0 else { return x }
    let count = x.value.count
    let mask = Matrix(rows: x.rows, columns: x.columns) { out in
      out.update(repeating: 1, count: count)
      Kernels.drop(out, count, rate: rate, zero: 0, using: &random)
    }
    let value = Matrix(rows: x.rows, columns: x.columns) { out in
      x.value.read { x in mask.read { m in for i in 0..<count { out[i] = x[i] * m[i] } } }
    }
    return node(value, [x]) { g in
      x.contribute { dx in mask.read { m in for i in 0..<count { dx[i] += g[i] * m[i] } } }
    }
  }
}

extension Kernels {
  /// Multiplies each number by 1 / (1 − rate), or makes it `zero` with the probability `rate`.
  ///
  /// - Parameters:
  ///   - x: Changed in place.
  ///   - count: How many numbers.
  ///   - rate: 0 ≤ rate < 1.
  ///   - zero: What a dropped number becomes, 0 or −0.
  ///   - random: Sixteen bits decide for one number, a word for four.
  static func drop(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, rate: Float, zero: Float,
    using random: inout SeededRandom
  ) {
    let threshold = UInt32(rate * 65_536)
    let keep = 1 / (1 - rate)
    for i in stride(from: 0, to: count, by: 4) {
      let chances = unsafeBitCast(random.next(), to: SIMD4<UInt16>.self)
      if i &+ 4 <= count {
        let at = UnsafeMutableRawPointer(x + i)
        let dropped = SIMD4<UInt32>(truncatingIfNeeded: chances) .< threshold
        let kept = at.loadUnaligned(as: SIMD4<Float>.self) * keep
        at.storeBytes(of: kept.replacing(with: zero, where: dropped), as: SIMD4<Float>.self)
      } else {
        for j in 0..<count &- i {
          x[i &+ j] = UInt32(chances[j]) < threshold ? zero : x[i &+ j] * keep
        }
      }
    }
  }
}
