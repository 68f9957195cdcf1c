internal import Foundations
public import Tensors

/// A Llama decoder (Touvron et al., 2023): RMSNorm, rotary positions, SwiGLU, grouped-query attention.
///
/// Parameters carry the names of Hugging Face checkpoints and their layout (output × input).
// Computing only reads the parameters, so that several threads may; whoever changes them must be the only one.
public final class LlamaModel: @unchecked Sendable {
  public let configuration: LlamaConfiguration
  /// V × D, one row a token; also the output layer where that is tied.
  public let embedding: Parameter
  let layers: [Layer]
  let norm: Parameter
  /// The output layer, V × D; nil where it is the embedding table.
  let head: Projection?
  /// Whether adapters alone are trained, and the table where it learns along.
  public private(set) var isAdapted = false
  /// Whether the embedding table is trained beside adapters.
  private var learnsTable = false

  /// Adds to each title's own vector the mean vector of the pieces of its words; nil for none.
  ///
  /// So a title that was hardly ever seen starts from its words. `foldComposition()` writes the sums
  /// into the table and leaves a plain Llama.
  public private(set) var composition: (matrix: SparseMatrix, transposed: SparseMatrix)?

  struct Layer {
    let inputNorm: Parameter
    let query: Projection
    let key: Projection
    let value: Projection
    let output: Projection
    let postNorm: Parameter
    let gate: Projection
    let up: Projection
    let down: Projection

    var projections: [Projection] { [query, key, value, output, gate, up, down] }

    /// In the order of `LlamaConfiguration.tensors`.
    var parameters: [Parameter] {
      [inputNorm] + [query, key, value, output].flatMap(\.base) + [postNorm]
        + [gate, up, down].flatMap(\.base)
    }
  }

  /// A model whose weights are given by their Hugging Face names.
  ///
  /// Each matrix is asked for once, in the order of `LlamaConfiguration.tensors`, so that a checkpoint is
  /// converted tensor by tensor: `LlamaModel(configuration: c, weight: source.matrix)`.
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
    func projection(
      _ name: String, _ inputs: Int, _ outputs: Int, bias: Bool
    ) throws -> Projection {
      Projection(
        name, weight: try parameter(name + ".weight", outputs, inputs),
        bias: bias ? try parameter(name + ".bias", 1, outputs) : nil)
    }
    configuration = c
    let (d, inner) = (c.hiddenSize, c.intermediateSize)
    let (attended, shared) = (c.heads * c.headSize, c.keyValueHeads * c.headSize)
    embedding = try parameter("model.embed_tokens.weight", c.vocabularySize, d)
    layers = try (0..<c.layers).map { i in
      let prefix = "model.layers.\(i)."
      let attention = prefix + "self_attn."
      let (a, f) = (c.attentionBias, c.feedForwardBias)
      return Layer(
        inputNorm: try parameter(prefix + "input_layernorm.weight", 1, d),
        query: try projection(attention + "q_proj", d, attended, bias: a),
        key: try projection(attention + "k_proj", d, shared, bias: a),
        value: try projection(attention + "v_proj", d, shared, bias: a),
        output: try projection(attention + "o_proj", attended, d, bias: a),
        postNorm: try parameter(prefix + "post_attention_layernorm.weight", 1, d),
        gate: try projection(prefix + "mlp.gate_proj", d, inner, bias: f),
        up: try projection(prefix + "mlp.up_proj", d, inner, bias: f),
        down: try projection(prefix + "mlp.down_proj", inner, d, bias: f))
    }
    norm = try parameter("model.norm.weight", 1, d)
    head = c.tiesEmbeddings ? nil : try projection("lm_head", d, c.vocabularySize, bias: false)
  }

  /// A model with random weights: normal with the given deviation, norms 1, biases 0.
  public convenience init(
    configuration: LlamaConfiguration, deviation: Float = 0.05, seed: UInt64
  ) {
    var random = SeededRandom(seed: seed, purpose: "llama-weights")
    self.init(configuration: configuration) { name, rows, columns in
      rows == 1
        ? Matrix(rows: rows, columns: columns, repeating: name.hasSuffix(".bias") ? 0 : 1)
        : Matrix.normal(rows: rows, columns: columns, deviation: deviation, using: &random)
    }
  }

  /// Every matrix of the checkpoint, in the order of `LlamaConfiguration.tensors`.
  public var baseParameters: [Parameter] {
    [embedding] + layers.flatMap(\.parameters) + [norm] + (head?.base ?? [])
  }

  /// What a training changes: every matrix, or the adapters where there are any.
  public var parameters: [Parameter] {
    guard isAdapted else { return baseParameters }
    return (learnsTable ? [embedding] : []) + adapters.flatMap(\.adapter.parameters)
  }

  // MARK: Adapters

  /// Puts low-rank adapters on projections of every layer and freezes all else.
  ///
  /// - Parameters:
  ///   - parts: The last parts of their names, such as `q_proj`; together at least one.
  ///   - rank: r of the two matrices.
  ///   - alpha: The product is scaled by α/r.
  ///   - seed: Of the first numbers.
  public func adapt(_ parts: Set<String>, rank: Int, alpha: Float, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "llama-adapters")
    for projection in layers.flatMap(\.projections)
    where parts.contains(where: { projection.name.hasSuffix("." + $0) }) {
      projection.adapt(rank: rank, alpha: alpha, using: &random)
      isAdapted = true
    }
    precondition(isAdapted, "no projection is called one of \(parts.sorted())")
  }

  /// The adapters, by the name of their projection.
  public var adapters: [(name: String, adapter: LowRankAdapter)] {
    layers.flatMap(\.projections).compactMap { projection in
      projection.adapter.map { (projection.name, $0) }
    }
  }

  /// The same with the options of a tuning, and with the table learning along where that is asked for.
  func adapt(_ options: AdapterOptions, seed: UInt64, learnsTable: Bool = false) {
    adapt(
      Set(options.matrices.map(\.rawValue)), rank: options.rank, alpha: options.alpha, seed: seed)
    self.learnsTable = learnsTable
  }

  /// A model with the same weights and adapters, which may change without changing these.
  func copy() -> LlamaModel {
    let copy = LlamaModel(configuration: configuration, weights: weights)
    for (from, to) in zip(layers.flatMap(\.projections), copy.layers.flatMap(\.projections)) {
      guard let adapter = from.adapter else { continue }
      to.adopt(adapter)
      copy.isAdapted = true
    }
    copy.learnsTable = learnsTable
    return copy
  }

  /// A plain model whose weights are these with the adapters added; the model itself where it has none.
  func merged() -> LlamaModel {
    guard isAdapted else { return self }
    // Products of one thread, so that the sums are the same everywhere.
    return BLAS.withOneThread {
      LlamaModel(configuration: configuration, weights: mergedWeights)
    }
  }

  /// The weights by name, adapters added to what they adapt.
  public var mergedWeights: [String: Matrix] {
    var weights = weights
    for projection in layers.flatMap(\.projections) where projection.adapter != nil {
      weights[projection.weight.name] = projection.mergedWeight
    }
    return weights
  }

  // MARK: Titles

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

  /// A parameter of the checkpoint as a variable: a constant where something else is trained.
  private func use(_ parameter: Parameter, on tape: Tape) -> Variable {
    let isTrained = !isAdapted || (learnsTable && parameter === embedding)
    return isTrained ? tape.parameter(parameter) : tape.constant(parameter.value)
  }

  /// The embedding table as used, V × D.
  func table(on tape: Tape) -> Variable {
    let own = use(embedding, on: tape)
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
  ///   - dropout: Rate on embeddings that are trained and on both branches' outputs, or on what adapters read
  ///     where there are any; 0 when not training.
  ///   - random: For dropout.
  ///   - recomputes: Whether a layer's activations are computed again for its gradients instead of kept.
  ///   - attention: Which tokens attend to which, given a layer's queries, keys and values.
  /// - Returns: N × D.
  func hiddenStates(
    on tape: Tape, table: Variable, tokens: [Int32], positions: [Int32], dropout: Float,
    random: inout SeededRandom, recomputes: Bool = false, attention: @escaping Attention
  ) -> Variable {
    let c = configuration
    let angles = RotaryTable(positions: positions, frequencies: c.inverseFrequencies)
    let isFrozen = isAdapted && !learnsTable
    var x = tape.dropout(
      tape.gather(table, rows: tokens), rate: isFrozen ? 0 : dropout, using: &random)
    for (index, layer) in layers.enumerated() {
      let part = { (tape: Tape, x: Variable, random: inout SeededRandom) in
        self.output(
          of: layer, x, on: tape, angles: angles, dropout: dropout, random: &random
        ) { attention(tape, index, $0, $1, $2) }
      }
      x = recomputes ? tape.recomputed(x, using: &random, part) : part(tape, x, &random)
    }
    return tape.rmsNorm(x, gamma: use(norm, on: tape), epsilon: Float(c.rmsNormEpsilon))
  }

  /// Which tokens attend to which: from the queries, keys and values of a layer what its heads read.
  typealias Attention = (
    _ tape: Tape, _ layer: Int, _ q: Variable, _ k: Variable, _ v: Variable
  ) -> Variable

  /// The residual stream after a layer, N × D.
  private func output(
    of layer: Layer, _ x: Variable, on tape: Tape, angles: RotaryTable, dropout: Float,
    random: inout SeededRandom,
    attention: (_ q: Variable, _ k: Variable, _ v: Variable) -> Variable
  ) -> Variable {
    let c = configuration
    let (branches, adapters) = isAdapted ? (0, dropout) : (dropout, 0)
    func normalize(_ x: Variable, _ gamma: Parameter) -> Variable {
      tape.rmsNorm(x, gamma: use(gamma, on: tape), epsilon: Float(c.rmsNormEpsilon))
    }
    func project(_ x: Variable, _ projection: Projection) -> Variable {
      projection(x, on: tape, isFrozen: isAdapted, dropout: adapters, random: &random)
    }
    let h = normalize(x, layer.inputNorm)
    let q = tape.rotary(project(h, layer.query), by: angles, heads: c.heads)
    let k = tape.rotary(project(h, layer.key), by: angles, heads: c.keyValueHeads)
    let attended = project(attention(q, k, project(h, layer.value)), layer.output)
    let middle = tape.add(x, tape.dropout(attended, rate: branches, using: &random))
    let z = normalize(middle, layer.postNorm)
    let product = tape.swiglu(gate: project(z, layer.gate), up: project(z, layer.up))
    return tape.add(
      middle, tape.dropout(project(product, layer.down), rate: branches, using: &random))
  }

  /// The unnormalised log-probabilities of the next token.
  ///
  /// - Parameters:
  ///   - hidden: N × D, rows of `hiddenStates`.
  ///   - table: `table(on:)` of the same tape.
  ///   - tape: Where the operation goes.
  /// - Returns: N × V.
  func logits(_ hidden: Variable, table: Variable, on tape: Tape) -> Variable {
    tape.linear(hidden, weight: outputTable(table, on: tape))
  }

  /// The output layer as a variable, V × D: the embedding table where it is tied.
  func outputTable(_ table: Variable, on tape: Tape) -> Variable {
    head.map { use($0.weight, on: tape) } ?? table
  }
}

extension LlamaModel {
  /// The model of a checkpoint, its weights converted to float32 one tensor at a time.
  ///
  /// Throws `CheckpointError` for tensors that are missing or hold no finite numbers.
  public convenience init(_ checkpoint: Checkpoint) throws {
    try self.init(configuration: checkpoint.configuration, weight: checkpoint.weights.matrix)
  }
}
