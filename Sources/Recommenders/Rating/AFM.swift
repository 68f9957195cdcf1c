internal import Tensors

/// A factorisation machine whose pairs of fields have learnt weights.
///
/// Xiao, Ye, He, Zhang, Wu and Chua: Attentional Factorization Machines. IJCAI 2017. r̂ = b + Σ_f w_f
/// + ⟨p, Σ_{f<g} a_fg (v_f ∘ v_g)⟩ (equations 4 and 6), where a = softmax over the pairs of
/// ⟨h, ReLU(W (v_f ∘ v_g) + b)⟩ (equation 5). Dropout is applied to the pooled vector.
struct AFM: FieldNetwork {
  static let name = BackboneName.afm

  private let fields: Int
  private let dropout: Float
  private let weight: Parameter
  private let bias: Parameter
  private let score: Parameter
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    let (width, units) = (configuration.embeddingDimension, configuration.attentionUnits)
    self.fields = fields
    dropout = configuration.dropout
    weight = Parameter(
      "attention.weight", .xavierUniform(rows: units, columns: width, using: &random))
    bias = Parameter("attention.bias", Matrix(rows: 1, columns: units))
    score = .output("attention.score", width: units, using: &random)
    output = .output(width: width, using: &random)
  }

  var parameters: [Parameter] { [weight, bias, score, output] }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    // One row a pair: (N · P) × D.
    let products = tape.fieldProducts(vectors, fields: fields)
    let attention = tape.relu(
      tape.linear(products, weight: tape.parameter(weight), bias: tape.parameter(bias)))
    let logits = tape.linear(attention, weight: tape.parameter(score))
    let pooled = tape.softmaxPool(
      products, logits: logits, group: fields * (fields - 1) / 2, groups: vectors.rows)
    return [
      tape.linear(
        tape.dropout(pooled, rate: dropout, using: &random), weight: tape.parameter(output))
    ]
  }
}
