internal import Foundations
internal import Tensors

/// Self-attention among a sample's fields, beside a deep network.
///
/// Song, Shi, Xiao, Duan, Xu, Zhang and Tang: AutoInt: Automatic Feature Interaction Learning via
/// Self-Attentive Neural Networks. CIKM 2019, arXiv 1810.11921. In each interacting layer and head:
///
/// - Field m looks at all fields k with weights α_mk = softmax_k ⟨W_Q e_m, W_K e_k⟩ (equation 5);
///   inner products are not divided by √d, as in the paper.
/// - ẽ_m = Σ_k α_mk W_V e_k (equation 6), the heads side by side (equation 7).
/// - e_m' = ReLU(ẽ_m + W_R e_m) (equation 8), the input of the next layer.
/// - ŷ = sigmoid(⟨w, e_1 ‖ … ‖ e_M⟩ + b) (equation 9); a rating takes the inner product itself,
///   with squared error for the log loss (equation 10).
///
/// The deep network beside it makes it the paper's AutoInt+ (section 5.5), which is DeepCTR-Torch's
/// default, like the first-order weights of every field model (`FieldModel.swift`). The heads share
/// D, so that a layer keeps the width (DeepCTR-Torch); in the paper each head has a width of its
/// own.
///
/// Defaults: 3 interacting layers of 2 heads, layers 256 and 128 (DeepCTR-Torch 0.3.0), the rest in
/// `FieldModel.swift`, with the loss and the user embedding.
struct AutoInt: FieldNetwork {
  static let name = BackboneName.autoint

  private struct Layer {
    let query: Parameter
    let key: Parameter
    let value: Parameter
    let residual: Parameter

    init(_ index: Int, width: Int, using random: inout SeededRandom) {
      func weight(_ name: String, _ random: inout SeededRandom) -> Parameter {
        Parameter(
          "interaction.\(index).\(name)",
          .xavierUniform(rows: width, columns: width, using: &random))
      }
      query = weight("query", &random)
      key = weight("key", &random)
      value = weight("value", &random)
      residual = weight("residual", &random)
    }

    var parameters: [Parameter] { [query, key, value, residual] }
  }

  private let fields: Int
  private let width: Int
  private let heads: Int
  private let layers: [Layer]
  private let hidden: HiddenLayers
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    self.fields = fields
    width = configuration.embeddingDimension
    heads = configuration.heads
    var layers: [Layer] = []
    for index in 0..<configuration.blocks {
      layers.append(Layer(index, width: width, using: &random))
    }
    self.layers = layers
    hidden = HiddenLayers(
      inputWidth: fields * width, configuration: configuration, using: &random)
    output = .output(width: fields * width + hidden.width, using: &random)
  }

  var parameters: [Parameter] {
    layers.flatMap(\.parameters) + hidden.parameters + [output]
  }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    let samples = vectors.rows
    // One row a field.
    var states = tape.reshape(vectors, rows: samples * fields, columns: width)
    for layer in layers {
      states = interact(states, layer, tape)
    }
    let attended = tape.reshape(states, rows: samples, columns: fields * width)
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    return [tape.linear(tape.concatenate([attended, deep]), weight: tape.parameter(output))]
  }

  /// One interacting layer: (N · F) × D to (N · F) × D.
  private func interact(_ states: Variable, _ layer: Layer, _ tape: Tape) -> Variable {
    let attended = tape.fieldAttention(
      queries: tape.linear(states, weight: tape.parameter(layer.query)),
      keys: tape.linear(states, weight: tape.parameter(layer.key)),
      values: tape.linear(states, weight: tape.parameter(layer.value)), fields: fields,
      heads: heads)
    let residual = tape.linear(states, weight: tape.parameter(layer.residual))
    return tape.relu(tape.add(attended, residual))
  }
}
