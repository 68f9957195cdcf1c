internal import Foundations
internal import Tensors

/// A factorisation machine and a deep network on shared field embeddings.
///
/// Guo, Tang, Ye, Li and He: DeepFM: A Factorization-Machine based Neural Network for CTR
/// Prediction. IJCAI 2017, arXiv 1703.04247.
///
/// - ŷ = sigmoid(y_FM + y_DNN) (equation 1); a rating is the sum itself.
/// - y_FM = ⟨w, x⟩ + Σ_{f<g} ⟨v_f, v_g⟩ (equation 2). The first-order part and the bias are every
///   field model's (`FieldModel.swift`); the pairs take time O(F D) (Rendle, 2010, lemma 3.1):
///   `Operations/Fields.swift`.
/// - y_DNN: a⁽⁰⁾ = v_1 ‖ … ‖ v_F (equation 3), a⁽ˡ⁺¹⁾ = ReLU(W⁽ˡ⁾ a⁽ˡ⁾ + b⁽ˡ⁾) (equation 4):
///   `HiddenLayers.swift`; then a weighted sum without a bias of its own.
///
/// Defaults: layers 256 and 128, no dropout (DeepCTR-Torch 0.3.0), the rest in `FieldModel.swift`,
/// with the loss and the user embedding.
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
    // The pairs of equation 2.
    let machine = tape.factorizationMachine(vectors, fields: fields)
    // Equations 3 and 4.
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    // What equation 1 adds up.
    return [machine, tape.linear(deep, weight: tape.parameter(output))]
  }
}
