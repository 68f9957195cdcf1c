internal import Foundations
internal import Tensors

/// The deep part of a model: fully connected layers with ReLU, each followed by dropout.
///
/// Without any layer it gives back its input.
struct HiddenLayers {
  private let layers: [DenseLayer]
  private let dropout: Float
  /// Columns of the output.
  let width: Int

  /// Layers of the widths of `hiddenUnits` on an input of the given width.
  init(
    inputWidth: Int, configuration: BackboneConfiguration, using random: inout SeededRandom
  ) {
    dropout = configuration.dropout
    var width = inputWidth
    var layers: [DenseLayer] = []
    for (index, units) in configuration.hiddenUnits.enumerated() {
      layers.append(DenseLayer("layer.\(index)", inputs: width, outputs: units, using: &random))
      width = units
    }
    self.layers = layers
    self.width = width
  }

  var parameters: [Parameter] { layers.flatMap(\.parameters) }

  /// N × inputWidth to N × width.
  func output(
    of input: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> Variable {
    var deep = input
    for layer in layers {
      deep = tape.dropout(tape.relu(layer(deep, on: tape)), rate: dropout, using: &random)
    }
    return deep
  }
}

extension Parameter {
  /// The weights that turn the last vectors of a network into its term: 1 × width, no bias.
  static func output(
    _ name: String = "output.weight", width: Int, using random: inout SeededRandom
  ) -> Parameter {
    Parameter(name, .xavierUniform(rows: 1, columns: width, using: &random))
  }
}
