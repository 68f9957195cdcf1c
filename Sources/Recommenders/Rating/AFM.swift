internal import Foundations
internal import Tensors

/// A factorisation machine whose pairs of fields have learnt weights.
///
/// Xiao, Ye, He, Zhang, Wu and Chua: Attentional Factorization Machines. IJCAI 2017, arXiv
/// 1708.04617.
///
/// - Pair-wise interaction layer: the products v_f ∘ v_g of all pairs f < g (equation 2):
///   `Operations/Pairs.swift`.
/// - Attention: a'_fg = ⟨h, ReLU(W (v_f ∘ v_g) + b)⟩, a = softmax of a' over the pairs (equation
///   5).
/// - Pooling: Σ_{f<g} a_fg (v_f ∘ v_g) (equation 4).
/// - ŷ = w_0 + Σ_f w_f + ⟨p, the pooled⟩ (equation 6). Bias and first-order weights are every field
///   model's (`FieldModel.swift`); the loss is squared error (equation 7).
///
/// Dropout is applied to the pooled vector, as in DeepCTR-Torch; the paper drops out the pairs'
/// products (section 3.2). The L2 of equation 8 is on W, here on what a sample looks up.
///
/// Defaults: attention network 8 wide, no dropout (DeepCTR-Torch 0.3.0), the rest in
/// `FieldModel.swift`, with the loss and the user embedding.
struct AFM: FieldNetwork {
  static let name = BackboneName.afm

  private let fields: Int
  private let dropout: Float
  private let attention: DenseLayer
  private let score: Parameter
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    let (width, units) = (configuration.embeddingDimension, configuration.attentionUnits)
    self.fields = fields
    dropout = configuration.dropout
    attention = DenseLayer("attention", inputs: width, outputs: units, using: &random)
    score = .output("attention.score", width: units, using: &random)
    output = .output(width: width, using: &random)
  }

  var parameters: [Parameter] { attention.parameters + [score, output] }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    // Equation 2, one row a pair: (N · P) × D.
    let products = tape.fieldProducts(vectors, fields: fields)
    // Equation 5, its softmax in the pooling of equation 4.
    let logits = tape.linear(
      tape.relu(attention(products, on: tape)), weight: tape.parameter(score))
    let pooled = tape.softmaxPool(
      products, logits: logits, group: fields * (fields - 1) / 2, groups: vectors.rows)
    // The last term of equation 6.
    return [
      tape.linear(
        tape.dropout(pooled, rate: dropout, using: &random), weight: tape.parameter(output))
    ]
  }
}
