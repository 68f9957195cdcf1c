internal import Tensors

/// A deep network on the pooled products of all pairs of fields.
///
/// He and Chua: Neural Factorization Machines for Sparse Predictive Analytics. SIGIR 2017. r̂ = b +
/// Σ_f w_f + hᵀ DNN(f_BI(V)) (equations 2, 5 and 7) with the bi-interaction pooling f_BI(V) =
/// Σ_{f<g} v_f ∘ v_g (equations 3 and 4). Dropout is applied to the pooled vector as to the hidden
/// layers; there is no batch normalisation.
///
/// Without hidden layers and with h = 1 it is the factorisation machine.
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
    let pooled = tape.dropout(
      tape.biInteraction(vectors, fields: fields), rate: dropout, using: &random)
    let deep = hidden.output(of: pooled, on: tape, using: &random)
    return [tape.linear(deep, weight: tape.parameter(output))]
  }
}
