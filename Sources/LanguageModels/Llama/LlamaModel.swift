import Foundations
public import Tensors

/// A Llama decoder (Touvron et al., 2023): RMSNorm, rotary positions, SwiGLU, grouped-query attention,
/// output tied to the input embedding.
///
/// Parameters carry the names of Hugging Face checkpoints and their layout (output × input).
public final class LlamaModel {
  public let configuration: LlamaConfiguration
  /// V × D, one row a token; also the output layer.
  public let embedding: Parameter
  let layers: [Layer]
  let norm: Parameter

  /// Adds to each title's own vector the mean vector of the pieces of its words; nil for none.
  ///
  /// So a title that was hardly ever seen starts from its words. `foldComposition()` writes the sums
  /// into the table and leaves a plain Llama.
  public private(set) var composition: (matrix: SparseMatrix, transposed: SparseMatrix)?

  struct Layer {
    let inputNorm: Parameter
    let query: Parameter
    let key: Parameter
    let value: Parameter
    let output: Parameter
    let postNorm: Parameter
    let gate: Parameter
    let up: Parameter
    let down: Parameter

    var parameters: [Parameter] {
      [inputNorm, query, key, value, output, postNorm, gate, up, down]
    }
  }

  /// A model whose weights are given by their Hugging Face names.
  ///
  /// The closure gives the matrix of a name; it must have the shape that is asked (rows, columns). Throws
  /// what the closure throws.
  public init(
    configuration c: LlamaConfiguration, weight: (String, Int, Int) throws -> Matrix
  ) rethrows {
    if let problem = c.problem { preconditionFailure(problem) }
    func parameter(_ name: String, _ rows: Int, _ columns: Int) throws -> Parameter {
      let value = try weight(name, rows, columns)
      precondition(value.rows == rows && value.columns == columns, "shape of \(name)")
      return Parameter(name, value, decays: rows > 1)
    }
    configuration = c
    let d = c.hiddenSize
    let kd = c.keyValueHeads * c.headSize
    embedding = try parameter("model.embed_tokens.weight", c.vocabularySize, d)
    layers = try (0..<c.layers).map { i in
      let prefix = "model.layers.\(i)."
      return Layer(
        inputNorm: try parameter(prefix + "input_layernorm.weight", 1, d),
        query: try parameter(prefix + "self_attn.q_proj.weight", d, d),
        key: try parameter(prefix + "self_attn.k_proj.weight", kd, d),
        value: try parameter(prefix + "self_attn.v_proj.weight", kd, d),
        output: try parameter(prefix + "self_attn.o_proj.weight", d, d),
        postNorm: try parameter(prefix + "post_attention_layernorm.weight", 1, d),
        gate: try parameter(prefix + "mlp.gate_proj.weight", c.intermediateSize, d),
        up: try parameter(prefix + "mlp.up_proj.weight", c.intermediateSize, d),
        down: try parameter(prefix + "mlp.down_proj.weight", d, c.intermediateSize))
    }
    norm = try parameter("model.norm.weight", 1, d)
  }

  /// A model with random weights: normal with the given deviation, norms 1.
  public convenience init(
    configuration: LlamaConfiguration, deviation: Float = 0.05, seed: UInt64
  ) {
    var random = SeededRandom(seed: seed, purpose: "llama-weights")
    self.init(configuration: configuration) { _, rows, columns in
      rows == 1
        ? Matrix(rows: rows, columns: columns, repeating: 1)
        : Matrix.normal(rows: rows, columns: columns, deviation: deviation, using: &random)
    }
  }

  /// Every trained matrix, embedding first.
  public var parameters: [Parameter] { [embedding] + layers.flatMap(\.parameters) + [norm] }

  /// Trains titles as their own vector plus the mean of their pieces' vectors from now on.
  ///
  /// - Parameter pieces: For each token, the tokens it is composed of; empty for a plain token.
  public func compose(from pieces: [[Int32]]) {
    precondition(pieces.count == configuration.vocabularySize, "a composition for every token")
    let matrix = SparseMatrix(
      columnCount: pieces.count,
      offsets: pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) },
      columns: pieces.flatMap { $0 },
      values: pieces.flatMap { [Float](repeating: 1 / Float(max(1, $0.count)), count: $0.count) })
    composition = (matrix, matrix.transposed())
  }

  /// Writes the composed vectors into the table, after which the model is a plain Llama.
  public func foldComposition() {
    let tape = Tape(recording: false)
    embedding.value = table(on: tape).value
    composition = nil
  }

  /// The embedding table as used, V × D.
  func table(on tape: Tape) -> Variable {
    let own = tape.parameter(embedding)
    guard let composition else { return own }
    return tape.add(
      own, tape.multiply(composition.matrix, transposed: composition.transposed, own))
  }

  /// The last hidden state of every token, after the final norm.
  ///
  /// - Parameters:
  ///   - tape: Where the operations go.
  ///   - table: `table(on:)` of the same tape.
  ///   - tokens: N tokens, the sequences behind one another.
  ///   - positions: Each token's place in its sequence, from 0.
  ///   - dropout: Rate on embeddings and on both branches' outputs; 0 when not training.
  ///   - random: For dropout.
  ///   - attention: Which tokens attend to which, given a layer's queries, keys and values.
  /// - Returns: N × D.
  func hiddenStates(
    on tape: Tape, table: Variable, tokens: [Int32], positions: [Int32], dropout: Float,
    random: inout SeededRandom,
    attention: (_ layer: Int, _ q: Variable, _ k: Variable, _ v: Variable) -> Variable
  ) -> Variable {
    let c = configuration
    func normalize(_ x: Variable, _ gamma: Parameter) -> Variable {
      tape.rmsNorm(x, gamma: tape.parameter(gamma), epsilon: c.rmsNormEpsilon)
    }
    func project(_ x: Variable, _ weight: Parameter) -> Variable {
      tape.linear(x, weight: tape.parameter(weight))
    }
    let angles = RotaryTable(positions: positions, dimension: c.headSize, base: c.ropeTheta)
    var x = tape.dropout(tape.gather(table, rows: tokens), rate: dropout, using: &random)
    for (index, layer) in layers.enumerated() {
      let h = normalize(x, layer.inputNorm)
      let q = tape.rotary(project(h, layer.query), by: angles, heads: c.heads)
      let k = tape.rotary(project(h, layer.key), by: angles, heads: c.keyValueHeads)
      let attended = project(attention(index, q, k, project(h, layer.value)), layer.output)
      x = tape.add(x, tape.dropout(attended, rate: dropout, using: &random))
      let z = normalize(x, layer.postNorm)
      let product = tape.swiglu(gate: project(z, layer.gate), up: project(z, layer.up))
      x = tape.add(
        x, tape.dropout(project(product, layer.down), rate: dropout, using: &random))
    }
    return normalize(x, norm)
  }
}
