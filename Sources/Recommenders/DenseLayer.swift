internal import Foundations
internal import Tensors

/// A fully connected layer, x Wᵀ + b, with its parameters under one name.
struct DenseLayer {
  /// W, outputs × inputs, after Glorot and Bengio.
  private let weight: Parameter
  /// b, 1 × outputs, zeros at first.
  private let bias: Parameter

  init(_ name: String, inputs: Int, outputs: Int, using random: inout SeededRandom) {
    weight = Parameter(
      "\(name).weight", .xavierUniform(rows: outputs, columns: inputs, using: &random))
    bias = Parameter("\(name).bias", Matrix(rows: 1, columns: outputs))
  }

  var parameters: [Parameter] { [weight, bias] }

  /// N × inputs to N × outputs.
  func callAsFunction(_ x: Variable, on tape: Tape) -> Variable {
    tape.linear(x, weight: tape.parameter(weight), bias: tape.parameter(bias))
  }
}
