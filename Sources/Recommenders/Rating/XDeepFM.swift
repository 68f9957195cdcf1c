internal import Foundations
internal import Tensors

/// A compressed interaction network (CIN) beside a deep network.
///
/// Lian, Zhou, Zhang, Chen, Xie and Sun: xDeepFM: Combining Explicit and Implicit Feature
/// Interactions for Recommender Systems. KDD 2018, arXiv 1803.05170. X⁰ are the fields' vectors as
/// F rows of D.
///
/// - CIN layer k makes H_k rows X^k_h = Σ_ij W^kh_ij (X^{k−1}_i ∘ X⁰_j) (equation 6).
/// - Every row is summed over D, p^k_h = Σ_d X^k_hd (equation 7), and p⁺ are the sums of all
///   layers.
/// - ŷ = sigmoid(⟨w_linear, a⟩ + ⟨w_dnn, x_dnn⟩ + ⟨w_cin, p⁺⟩ + b) (equation 15): first-order
///   weights and bias (`FieldModel.swift`), deep network (`HiddenLayers.swift`) and CIN. A rating
///   takes the sum itself, with squared error for the log loss (equation 16).
///
/// As in DeepCTR-Torch, a layer has a bias and ReLU, and half of its rows go on to the next layer
/// and the other half to the output, all of the last.
///
/// Defaults: CIN layers 256 and 128, deep layers 256 and 256 (DeepCTR-Torch 0.3.0), the rest in
/// `FieldModel.swift`, with the loss and the user embedding.
struct XDeepFM: FieldNetwork {
  static let name = BackboneName.xdeepfm

  /// Some rows of a layer: one dense map of all products.
  private struct Maps {
    let weight: Parameter
    let bias: Parameter

    init(_ name: String, rows: Int, products: Int, using random: inout SeededRandom) {
      weight = Parameter(
        "\(name).weight", .xavierUniform(rows: rows, columns: products, using: &random))
      // Among products this small the bias decides which rectified maps ever speak. As DeepCTR-Torch
      // leaves it, half of them do; from 0 most would fall silent.
      let bound = 1 / Float(products).squareRoot()
      bias = Parameter(
        "\(name).bias", .uniform(rows: 1, columns: rows, bound: bound, using: &random))
    }

    var parameters: [Parameter] { [weight, bias] }

    func output(of states: Variable, _ start: Variable, on tape: Tape) -> Variable {
      tape.featureMaps(
        states, start, weight: tape.parameter(weight), bias: tape.parameter(bias))
    }
  }

  private struct Layer {
    /// What the output reads, and its weights.
    let direct: Maps
    let output: Parameter
    /// What the next layer reads; none in the last.
    let next: Maps?

    var parameters: [Parameter] {
      direct.parameters + [output] + (next?.parameters ?? [])
    }
  }

  private let fields: Int
  private let layers: [Layer]
  private let hidden: HiddenLayers
  private let output: Parameter

  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom) {
    self.fields = fields
    var inputs = fields
    var layers: [Layer] = []
    for (index, size) in configuration.interactionUnits.enumerated() {
      let isLast = index == configuration.interactionUnits.count - 1
      let kept = isLast ? 0 : size / 2
      let products = inputs * fields
      let name = "interaction.\(index)"
      layers.append(
        Layer(
          direct: Maps("\(name).direct", rows: size - kept, products: products, using: &random),
          output: .output("\(name).output", width: size - kept, using: &random),
          next: isLast
            ? nil : Maps("\(name).next", rows: kept, products: products, using: &random)))
      inputs = kept
    }
    self.layers = layers
    hidden = HiddenLayers(
      inputWidth: fields * configuration.embeddingDimension, configuration: configuration,
      using: &random)
    output = .output(width: hidden.width, using: &random)
  }

  var parameters: [Parameter] {
    layers.flatMap(\.parameters) + hidden.parameters + [output]
  }

  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable] {
    let deep = hidden.output(of: vectors, on: tape, using: &random)
    var terms = [tape.linear(deep, weight: tape.parameter(output))]
    // One row a coordinate: (N · D) × F.
    let start = tape.coordinateRows(vectors, fields: fields)
    var states = start
    for layer in layers {
      let direct = layer.direct.output(of: states, start, on: tape)
      // The weights come first and the sum over D after them, which is the same.
      let weighted = tape.linear(direct, weight: tape.parameter(layer.output))
      terms.append(
        tape.reshape(weighted, rows: vectors.rows, columns: vectors.columns / max(fields, 1)))
      if let next = layer.next { states = next.output(of: states, start, on: tape) }
    }
    return terms
  }
}
