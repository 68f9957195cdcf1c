internal import Foundations
internal import Tensors

/// A cross network beside a deep network.
///
/// Wang, Fu, Fu and Wang: Deep & Cross Network for Ad Click Predictions. ADKDD 2017, arXiv
/// 1708.05123.
///
/// - Stacking: x_0 = v_1 ‖ … ‖ v_F, the fields' embeddings (equations 1 and 2).
/// - Cross layers: x_{l+1} = x_0 ⟨x_l, w_l⟩ + b_l + x_l (equation 3), products of one more degree
///   each: `Operations/Interactions.swift`.
/// - Deep layers: h_{l+1} = ReLU(W_l h_l + b_l) (equation 4): `HiddenLayers.swift`.
/// - Combination: p = sigmoid(⟨w, x_L1 ‖ h_L2⟩) (equation 5); a rating takes the inner product
///   itself, and squared error stands for the log loss (equation 6).
///
/// The bias and the first-order weights of every field model are added (`FieldModel.swift`), as
/// DeepCTR-Torch does; equation 5 has neither. The L2 of equation 6 is on the network's weights,
/// here on what a sample looks up.
///
/// Defaults: 2 cross layers, layers 128 and 128 (DeepCTR-Torch 0.3.0), the rest in
/// `FieldModel.swift`, with the loss and the user embedding.
struct DCN: FieldNetwork {
  static let name = BackboneName.dcn

  private let crosses: [(weight: Parameter, bias: Parameter)]
  private let hidden: HiddenLayers
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    let width = fields * configuration.embeddingDimension
    var crosses: [(weight: Parameter, bias: Parameter)] = []
    for index in 0..<configuration.crossLayers {
      crosses.append(
        (
          Parameter(
            "cross.\(index).weight", .xavierUniform(rows: 1, columns: width, using: &random)),
          Parameter("cross.\(index).bias", Matrix(rows: 1, columns: width))
        ))
    }
    self.crosses = crosses
    hidden = HiddenLayers(inputWidth: width, configuration: configuration, using: &random)
    output = .output(width: width + hidden.width, using: &random)
  }

  var parameters: [Parameter] {
    crosses.flatMap { [$0.weight, $0.bias] } + hidden.parameters + [output]
  }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    // Equation 3.
    var crossed = vectors
    for layer in crosses {
      crossed = tape.cross(
        vectors, crossed, weight: tape.parameter(layer.weight), bias: tape.parameter(layer.bias))
    }
    // Equation 4.
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    // Equation 5.
    return [tape.linear(tape.concatenate([crossed, deep]), weight: tape.parameter(output))]
  }
}
