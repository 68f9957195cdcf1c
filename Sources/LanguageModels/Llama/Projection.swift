internal import Foundations
public import Tensors

/// A linear map of a Llama: x · Wᵀ + b, and what an adapter adds to it.
///
/// Where an adapter is present the map itself is frozen: gradients reach the adapter and the input alone.
public final class Projection {
  /// The Hugging Face name without `.weight`, such as `model.layers.0.self_attn.q_proj`.
  public let name: String
  /// Outputs × inputs.
  public let weight: Parameter
  /// 1 × outputs, or nil.
  public let bias: Parameter?
  public private(set) var adapter: LowRankAdapter?

  init(_ name: String, weight: Parameter, bias: Parameter?) {
    self.name = name
    self.weight = weight
    self.bias = bias
  }

  /// Weight and bias, as a checkpoint has them.
  var base: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

  /// What a training changes.
  var trained: [Parameter] { adapter?.parameters ?? base }

  /// Puts an adapter on; the map stays what it was until the adapter has learned.
  func adapt(rank: Int, alpha: Float, using random: inout SeededRandom) {
    adapter = LowRankAdapter(name, of: weight.value, rank: rank, alpha: alpha, using: &random)
  }

  /// W, or what the weight comes to with the adapter: W + α/r · B · A.
  var mergedWeight: Matrix {
    guard let adapter else { return weight.value }
    var merged = adapter.up.value.multiplied(by: adapter.down.value)
    for i in merged.values.indices {
      merged.values[i] = weight.value.values[i] + adapter.scale * merged.values[i]
    }
    return merged
  }

  /// The map of N rows.
  ///
  /// - Parameters:
  ///   - x: N × inputs.
  ///   - tape: Where the operation goes.
  ///   - isFrozen: Whether weight and bias are constants, because something else of the model is trained.
  /// - Returns: N × outputs.
  func callAsFunction(_ x: Variable, on tape: Tape, isFrozen: Bool) -> Variable {
    func variable(_ parameter: Parameter) -> Variable {
      isFrozen || adapter != nil ? tape.constant(parameter.value) : tape.parameter(parameter)
    }
    let (w, b) = (variable(weight), bias.map(variable))
    guard let adapter else { return tape.linear(x, weight: w, bias: b) }
    return tape.adaptedLinear(
      x, weight: w, bias: b, down: tape.parameter(adapter.down), up: tape.parameter(adapter.up),
      scale: adapter.scale)
  }
}

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
}

extension Tape {
  /// y = x · Wᵀ + b + s · (x · Aᵀ) · Bᵀ, the map of a layer with a low-rank adapter.
  ///
  /// - Parameters:
  ///   - x: N × K.
  ///   - weight: W, M × K.
  ///   - bias: b, 1 × M, or nil.
  ///   - down: A, r × K.
  ///   - up: B, M × r.
  ///   - scale: s.
  /// - Returns: N × M.
  package func adaptedLinear(
    _ x: Variable, weight: Variable, bias: Variable?, down: Variable, up: Variable, scale: Float
  ) -> Variable {
    let plain = linear(x, weight: weight, bias: bias)
    let inner = linear(x, weight: down)
    precondition(up.rows == plain.columns && up.columns == inner.columns, "adapter: shapes differ")
    let (n, m, r) = (x.rows, up.rows, up.columns)
    var value = plain.value
    value.values.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress else { return }
      inner.value.read { h in
        up.value.read { b in
          BLAS.gemm(m: n, n: m, k: r, alpha: scale, h, r, b, r, transposeB: true, beta: 1, out, m)
        }
      }
    }
    return node(value, [plain, inner, up]) { g in
      plain.contribute { Kernels.add(g, to: $0, n * m) }
      inner.contribute { dh in
        up.value.read { BLAS.gemm(m: n, n: r, k: m, alpha: scale, g, m, $0, r, beta: 1, dh, r) }
      }
      up.contribute { db in
        inner.value.read {
          BLAS.gemm(
            m: m, n: r, k: n, alpha: scale, g, m, transposeA: true, $0, r, beta: 1, db, r)
        }
      }
    }
  }
}
