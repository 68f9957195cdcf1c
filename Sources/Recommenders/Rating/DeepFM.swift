internal import Tensors

/// A factorisation machine and a deep network on shared field embeddings.
///
/// Guo, Tang, Ye, Li and He: DeepFM: A Factorization-Machine based Neural Network for CTR
/// Prediction. IJCAI 2017. r̂ = b + Σ_f w_f + Σ_{f<g} ⟨v_f, v_g⟩ + DNN(v_1 ‖ … ‖ v_F) (equations 1
/// to 4, without the sigmoid).
struct DeepFM: FieldNetwork {
  static let name = BackboneName.deepfm

  private let fields: Int
  private let hidden: HiddenLayers
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    self.fields = fields
    hidden = HiddenLayers(
      inputWidth: fields * configuration.embeddingDimension, configuration: configuration,
      using: &random)
    output = .output(width: hidden.width, using: &random)
  }

  var parameters: [Parameter] { hidden.parameters + [output] }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    let machine = tape.factorizationMachine(vectors, fields: fields)
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    return [machine, tape.linear(deep, weight: tape.parameter(output))]
  }
}
