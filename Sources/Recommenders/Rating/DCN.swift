internal import Tensors

/// A cross network beside a deep network.
///
/// Wang, Fu, Fu and Wang: Deep & Cross Network for Ad Click Predictions. ADKDD 2017. From x_0 = v_1 ‖
/// … ‖ v_F each cross layer makes x_{l+1} = x_0 ⟨x_l, w_l⟩ + b_l + x_l (equation 3), products of
/// one more degree; beside it runs a deep network (equation 4), and one vector of weights reads both
/// (equation 5, without the sigmoid). The first-order weights of every field model are added, as
/// DeepCTR-Torch does.
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
    var crossed = vectors
    for layer in crosses {
      crossed = tape.cross(
        vectors, crossed, weight: tape.parameter(layer.weight), bias: tape.parameter(layer.bias))
    }
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    return [tape.linear(tape.concatenate([crossed, deep]), weight: tape.parameter(output))]
  }
}
