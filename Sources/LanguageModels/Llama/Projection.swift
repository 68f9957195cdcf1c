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

  /// Puts an adapter on; the map stays what it was until the adapter has learned.
  func adapt(rank: Int, alpha: Float, using random: inout SeededRandom) {
    adapter = LowRankAdapter(name, of: weight.value, rank: rank, alpha: alpha, using: &random)
  }

  /// Puts on a copy of an adapter of the same map.
  func adopt(_ adapter: LowRankAdapter) { self.adapter = adapter.copy() }

  /// W, or what the weight comes to with the adapter: W + α/r · B · A.
  var mergedWeight: Matrix {
    guard let adapter else { return weight.value }
    var merged = adapter.up.value.multiplied(by: adapter.down.value)
    merged.values.withUnsafeMutableBufferPointer { merged in
      weight.value.values.withUnsafeBufferPointer { weight in
        for i in merged.indices { merged[i] = weight[i] + adapter.scale * merged[i] }
      }
    }
    return merged
  }

  /// The map of N rows.
  ///
  /// - Parameters:
  ///   - x: N × inputs.
  ///   - tape: Where the operation goes.
  ///   - isFrozen: Whether weight and bias are constants, because something else of the model is trained.
  ///   - dropout: Rate on what an adapter reads.
  ///   - random: For dropout.
  /// - Returns: N × outputs.
  func callAsFunction(
    _ x: Variable, on tape: Tape, isFrozen: Bool, dropout: Float = 0, random: inout SeededRandom
  ) -> Variable {
    func variable(_ parameter: Parameter) -> Variable {
      isFrozen || adapter != nil ? tape.constant(parameter.value) : tape.parameter(parameter)
    }
    let (w, b) = (variable(weight), bias.map(variable))
    guard let adapter else { return tape.linear(x, weight: w, bias: b) }
    return tape.adaptedLinear(
      x, weight: w, bias: b, dropped: tape.dropout(x, rate: dropout, using: &random),
      down: tape.parameter(adapter.down), up: tape.parameter(adapter.up), scale: adapter.scale)
  }
}
