internal import Foundations
internal import Tensors

/// A deep network on the pooled products of all pairs of fields.
///
/// He and Chua: Neural Factorization Machines for Sparse Predictive Analytics. SIGIR 2017, arXiv
/// 1708.05027.
///
/// - ŷ = w_0 + Σ_f w_f + f(x) (equation 2). Bias and first-order weights are every field model's
///   (`FieldModel.swift`).
/// - Bi-interaction pooling: f_BI = Σ_{f<g} v_f ∘ v_g (equation 3), computed as ½ ((Σ v_f)² − Σ
///   v_f²) (equation 4): `Operations/Interactions.swift`.
/// - Hidden layers z_l = ReLU(W_l z_{l−1} + b_l) on it (equation 5): `HiddenLayers.swift`.
/// - f(x) = ⟨h, z_L⟩ (equation 6). Equation 7 is the whole; the loss is squared error (equation 9).
///
/// Dropout is on the pooled vector and on the hidden layers (section 3.2.1); there is no batch
/// normalisation (section 3.2.2), as in DeepCTR-Torch. Without hidden layers and with h = 1 it is
/// the factorisation machine (section 3.1.1).
///
/// Defaults: layers 128 and 128, no dropout (DeepCTR-Torch 0.3.0), the rest in `FieldModel.swift`,
/// with the loss and the user embedding.
struct NFM: FieldNetwork {
  static let name = BackboneName.nfm

  private let fields: Int
  private let dropout: Float
  private let hidden: HiddenLayers
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    self.fields = fields
    dropout = configuration.dropout
    hidden = HiddenLayers(
      inputWidth: configuration.embeddingDimension, configuration: configuration, using: &random)
    output = .output(width: hidden.width, using: &random)
  }

  var parameters: [Parameter] { hidden.parameters + [output] }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    // Equation 4.
    let pooled = tape.dropout(
      tape.biInteraction(vectors, fields: fields), rate: dropout, using: &random)
    // Equation 5.
    let deep = hidden.output(of: pooled, on: tape, using: &random)
    // Equation 6.
    return [tape.linear(deep, weight: tape.parameter(output))]
  }
}
