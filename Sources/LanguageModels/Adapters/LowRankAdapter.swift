internal import Foundations
public import Tensors

/// A low-rank adapter, α/r · B · A (Hu et al., 2021, section 4.1).
public struct LowRankAdapter {
  /// A, r × inputs: small random numbers at first.
  public let down: Parameter
  /// B, outputs × r: zeros at first.
  public let up: Parameter
  /// α/r.
  public let scale: Float

  var parameters: [Parameter] { [down, up] }

  /// An adapter that changes nothing yet; A is drawn as in PEFT, uniformly from ±1/√inputs.
  init(
    _ name: String, of weight: Matrix, rank: Int, alpha: Float, using random: inout SeededRandom
  ) {
    precondition(rank > 0, "rank \(rank)")
    let bound = 1 / Float(weight.columns).squareRoot()
    down = Parameter(
      name + ".lora_A.weight",
      Matrix.uniform(rows: rank, columns: weight.columns, bound: bound, using: &random))
    up = Parameter(name + ".lora_B.weight", Matrix(rows: weight.rows, columns: rank))
    scale = alpha / Float(rank)
  }

  private init(down: Parameter, up: Parameter, scale: Float) {
    (self.down, self.up, self.scale) = (down, up, scale)
  }

  /// An adapter with the same numbers, which may change without changing these.
  func copy() -> LowRankAdapter {
    LowRankAdapter(
      down: Parameter(down.name, down.value), up: Parameter(up.name, up.value), scale: scale)
  }
}

extension Tape {
  /// y = x · Wᵀ + b + s · (z · Aᵀ) · Bᵀ, the map of a layer with a low-rank adapter.
  ///
  /// - Parameters:
  ///   - x: N × K.
  ///   - weight: W, M × K.
  ///   - bias: b, 1 × M, or nil.
  ///   - dropped: z, x after dropout; nil for x itself.
  ///   - down: A, r × K.
  ///   - up: B, M × r.
  ///   - scale: s.
  /// - Returns: N × M.
  package func adaptedLinear(
    _ x: Variable, weight: Variable, bias: Variable?, dropped: Variable? = nil, down: Variable,
    up: Variable, scale: Float
  ) -> Variable {
    let z = dropped ?? x
    let (n, k, m, r) = (x.rows, x.columns, weight.rows, down.rows)
    precondition(
      weight.columns == k && down.columns == k && up.rows == m && up.columns == r
        && z.rows == n && z.columns == k && bias?.value.count ?? m == m, "adapter: shapes differ")
    let inner = z.value.multiplied(by: down.value, transposed: true)
    let value = Matrix(rows: n, columns: m) { out in
      bias?.value.read { b in for row in 0..<n { (out + row * m).update(from: b, count: m) } }
      x.value.read { x in
        weight.value.read { w in
          BLAS.gemm(
            m: n, n: m, k: k, x, k, w, k, transposeB: true, beta: bias == nil ? 0 : 1, out, m)
        }
      }
      inner.read { h in
        up.value.read { b in
          BLAS.gemm(m: n, n: m, k: r, alpha: scale, h, r, b, r, transposeB: true, beta: 1, out, m)
        }
      }
    }
    return node(value, [x, weight, z, down, up] + (bias.map { [$0] } ?? [])) { g in
      let slopes = Matrix(rows: n, columns: r) { dh in
        up.value.read { BLAS.gemm(m: n, n: r, k: m, alpha: scale, g, m, $0, r, dh, r) }
      }
      x.contribute { dx in
        weight.value.read { w in BLAS.gemm(m: n, n: k, k: m, g, m, w, k, beta: 1, dx, k) }
      }
      slopes.read { dh in
        z.contribute { dz in
          down.value.read { a in BLAS.gemm(m: n, n: k, k: r, dh, r, a, k, beta: 1, dz, k) }
        }
        down.contribute { da in
          z.value.read { z in
            BLAS.gemm(m: r, n: k, k: n, dh, r, transposeA: true, z, k, beta: 1, da, k)
          }
        }
      }
      up.contribute { db in
        inner.read { h in
          BLAS.gemm(
            m: m, n: r, k: n, alpha: scale, g, m, transposeA: true, h, r, beta: 1, db, r)
        }
      }
      weight.contribute { dw in
        x.value.read { x in
          BLAS.gemm(m: m, n: k, k: n, g, m, transposeA: true, x, k, beta: 1, dw, k)
        }
      }
      bias?.contribute { db in for row in 0..<n { Kernels.add(g + row * m, to: db, m) } }
    }
  }
}
