internal import Foundations
internal import Tensors

/// The layers of SASRec and of what is built on it; D is the width, L the maximum length.
///
/// Equation numbers are those of Kang and McAuley, 2018.
struct SASRecNetwork {
  /// M, I × D, also the output layer (equation 6).
  let items: Parameter
  /// P, L × D.
  private let positions: Parameter
  private let blocks: [Block]
  private let finalNorm: Norm
  private let heads: Int
  private let dropout: Float

  private struct Norm {
    let gamma: Parameter
    let beta: Parameter

    init(_ name: String, _ width: Int) {
      gamma = Parameter("\(name).gamma", Matrix(rows: 1, columns: width, repeating: 1))
      beta = Parameter("\(name).beta", Matrix(rows: 1, columns: width))
    }

    func callAsFunction(_ tape: Tape, _ x: Variable) -> Variable {
      tape.layerNorm(x, gamma: tape.parameter(gamma), beta: tape.parameter(beta))
    }

    var parameters: [Parameter] { [gamma, beta] }
  }

  private struct Block {
    let attentionNorm: Norm
    let query: DenseLayer
    let key: DenseLayer
    let value: DenseLayer
    let networkNorm: Norm
    let inner: DenseLayer
    let outer: DenseLayer

    init(_ name: String, _ width: Int, _ random: inout SeededRandom) {
      func layer(_ part: String) -> DenseLayer {
        DenseLayer("\(name).\(part)", inputs: width, outputs: width, using: &random)
      }
      attentionNorm = Norm("\(name).attention.norm", width)
      query = layer("attention.query")
      key = layer("attention.key")
      value = layer("attention.value")
      networkNorm = Norm("\(name).network.norm", width)
      inner = layer("network.inner")
      outer = layer("network.outer")
    }

    var parameters: [Parameter] {
      attentionNorm.parameters + query.parameters + key.parameters + value.parameters
        + networkNorm.parameters + inner.parameters + outer.parameters
    }
  }

  init(
    configuration: BackboneConfiguration, itemCount: Int, using random: inout SeededRandom
  ) {
    let width = configuration.embeddingDimension
    items = Parameter(
      "items", .xavierUniform(rows: itemCount, columns: width, using: &random),
      rowSparse: configuration.isRowSparse(
        rows: itemCount, lookups: configuration.maximumLength))
    positions = Parameter(
      "positions",
      .xavierUniform(rows: configuration.maximumLength, columns: width, using: &random))
    var blocks: [Block] = []
    for index in 0..<configuration.blocks { blocks.append(Block("block.\(index)", width, &random)) }
    self.blocks = blocks
    finalNorm = Norm("norm", width)
    heads = configuration.heads
    dropout = configuration.dropout
  }

  /// The number of the row that models with a mask put below the items.
  var maskItem: Int32 { Int32(items.value.rows) }

  var parameters: [Parameter] {
    [items, positions] + blocks.flatMap(\.parameters) + finalNorm.parameters
  }

  /// The output at every position.
  ///
  /// - Parameters:
  ///   - tape: Drops out only while it records.
  ///   - tables: `items` on the tape, perhaps with a row for the mask below.
  ///   - rows: N items, sequence after sequence.
  ///   - segments: The sequences, none longer than L.
  ///   - causal: Whether a position sees only itself and what is before it.
  ///   - random: For dropout.
  /// - Returns: N × D.
  func encode(
    _ tape: Tape, tables: [Variable], items rows: [Int32], segments: Segments, causal: Bool,
    _ random: inout SeededRandom
  ) -> Variable {
    // Equation 1. The last item is at the highest position, as in sequences padded on the left.
    let length = positions.value.rows
    let places = (0..<segments.count).flatMap { s in
      (length - (segments.offsets[s + 1] - segments.offsets[s])..<length).map { Int32($0) }
    }
    let embedded = tape.scale(
      tape.gather(tables, rows: rows), by: Float(items.value.columns).squareRoot())
    var x = tape.add(embedded, tape.gather(tape.parameter(positions), rows: places))
    x = tape.dropout(x, rate: dropout, using: &random)
    for block in blocks {  // Equation 5.
      // Equations 2 and 3, with the normalised input added back.
      let queries = block.attentionNorm(tape, x)
      let attended = tape.attention(
        queries: block.query(queries, on: tape), keys: block.key(x, on: tape),
        values: block.value(x, on: tape), segments: segments, heads: heads, keyHeads: heads,
        causal: causal, dropout: dropout, using: &random)
      x = block.networkNorm(tape, tape.add(queries, attended))
      // Equation 4, likewise.
      let inner = tape.dropout(
        tape.relu(block.inner(x, on: tape)), rate: dropout, using: &random)
      x = tape.add(x, tape.dropout(block.outer(inner, on: tape), rate: dropout, using: &random))
    }
    return finalNorm(tape, x)
  }
}
