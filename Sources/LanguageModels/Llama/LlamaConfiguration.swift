internal import RealModule

/// The shape of a Llama-architecture decoder, as a `config.json` or the metadata of a GGUF file say it.
public struct LlamaConfiguration: Sendable, Equatable {
  /// How rotary angles are stretched for longer contexts.
  public enum RopeScaling: Sendable, Equatable {
    /// Every position is divided by the factor.
    case linear(factor: Double)
    /// Llama 3.1: long waves are divided by the factor, short ones stay, those between are blended.
    case llama3(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
      originalContextLength: Double)
    /// The divisor of each of the headSize / 2 frequencies, as GGUF files keep them.
    case divisors([Float])
  }

  public var vocabularySize: Int
  /// Width D of the residual stream.
  public var hiddenSize: Int
  /// Width of the SwiGLU product.
  public var intermediateSize: Int
  public var layers: Int
  public var heads: Int
  /// Key and value heads; divides `heads`.
  public var keyValueHeads: Int
  /// Width of one head; heads · headSize need not be D.
  public var headSize: Int
  /// The longest prompt with its answer, in tokens.
  public var contextLength: Int
  public var rmsNormEpsilon: Double
  public var ropeTheta: Double
  public var ropeScaling: RopeScaling?
  /// Whether the output layer is the embedding table.
  public var tiesEmbeddings: Bool
  /// Whether the four projections of attention have biases.
  public var attentionBias: Bool
  /// Whether the three projections of the feed-forward block have biases.
  public var feedForwardBias: Bool
  /// The token that begins a sequence, by its number; nil where the file names none.
  public var startToken: Int32?
  /// The tokens that end an answer.
  public var endTokens: [Int32]

  /// A shape; what is not given is the title Llama's, and heads without a width share that of the stream.
  public init(
    vocabularySize: Int, hiddenSize: Int = 64, intermediateSize: Int = 168, layers: Int = 2,
    heads: Int = 2, keyValueHeads: Int = 2, headSize: Int? = nil, contextLength: Int = 256,
    rmsNormEpsilon: Double = 1e-5, ropeTheta: Double = 10_000, ropeScaling: RopeScaling? = nil,
    tiesEmbeddings: Bool = true, attentionBias: Bool = false, feedForwardBias: Bool = false,
    startToken: Int32? = nil, endTokens: [Int32] = []
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize ?? hiddenSize / max(1, heads)
    self.contextLength = contextLength
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    self.tiesEmbeddings = tiesEmbeddings
    self.attentionBias = attentionBias
    self.feedForwardBias = feedForwardBias
    self.startToken = startToken
    self.endTokens = endTokens
  }

  /// The frequency of each pair of a head's columns, in radians a position: θ^(−2j/d), scaled.
  ///
  /// As `_compute_llama3_parameters` of Transformers.
  public var inverseFrequencies: [Double] {
    let plain = (0..<headSize / 2).map {
      Double.pow(ropeTheta, -2 * Double($0) / Double(headSize))
    }
    switch ropeScaling {
    case nil: return plain
    case .linear(let factor): return plain.map { $0 / factor }
    case .divisors(let divisors): return zip(plain, divisors).map { $0 / Double($1) }
    case .llama3(let factor, let low, let high, let context):
      return plain.map { frequency in
        let length = 2 * Double.pi / frequency
        if length < context / high { return frequency }
        if length > context / low { return frequency / factor }
        let smooth = (context / length - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    }
  }

  /// Says the scaling of Llama 3.1 and 3.2 by its name where the divisors are theirs.
  func namingRopeScaling() -> LlamaConfiguration {
    guard case .divisors(let divisors) = ropeScaling else { return self }
    var (plain, named) = (self, self)
    plain.ropeScaling = nil
    for factor in [8.0, 32] {
      named.ropeScaling = .llama3(
        factor: factor, lowFrequencyFactor: 1, highFrequencyFactor: 4,
        originalContextLength: 8192)
      let expected = zip(plain.inverseFrequencies, named.inverseFrequencies).map { $0 / $1 }
      if zip(expected, divisors).allSatisfy({ abs($0 / Double($1) - 1) < 1e-5 }) { return named }
    }
    return self
  }

  /// Every tensor that a checkpoint of this shape has, with its rows and columns; vectors are one row.
  public var tensors: [(name: String, rows: Int, columns: Int)] {
    let (d, attended, shared) = (hiddenSize, heads * headSize, keyValueHeads * headSize)
    var tensors = [("model.embed_tokens.weight", vocabularySize, d)]
    func append(_ name: String, _ rows: Int, _ columns: Int, bias: Bool) {
      tensors.append((name + ".weight", rows, columns))
      if bias { tensors.append((name + ".bias", 1, rows)) }
    }
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      append(prefix + "input_layernorm", 1, d, bias: false)
      append(prefix + "self_attn.q_proj", attended, d, bias: attentionBias)
      append(prefix + "self_attn.k_proj", shared, d, bias: attentionBias)
      append(prefix + "self_attn.v_proj", shared, d, bias: attentionBias)
      append(prefix + "self_attn.o_proj", d, attended, bias: attentionBias)
      append(prefix + "post_attention_layernorm", 1, d, bias: false)
      append(prefix + "mlp.gate_proj", intermediateSize, d, bias: feedForwardBias)
      append(prefix + "mlp.up_proj", intermediateSize, d, bias: feedForwardBias)
      append(prefix + "mlp.down_proj", d, intermediateSize, bias: feedForwardBias)
    }
    append("model.norm", 1, d, bias: false)
    if !tiesEmbeddings { append("lm_head", vocabularySize, d, bias: false) }
    return tensors
  }

  /// Why no model has this shape; nil when one can.
  var problem: String? {
    let sizes = [
      ("vocabulary", vocabularySize, 1 << 24), ("width", hiddenSize, 1 << 20),
      ("feed-forward width", intermediateSize, 1 << 24), ("layers", layers, 1 << 12),
      ("heads", heads, 1 << 12), ("key-value heads", keyValueHeads, 1 << 12),
      ("head width", headSize, 1 << 14), ("context length", contextLength, 1 << 30),
    ]
    for (name, size, limit) in sizes where !(1...limit).contains(size) {
      return "found \(name) \(size), expected 1 to \(limit)"
    }
    guard heads.isMultiple(of: keyValueHeads) else {
      return "found \(heads) heads over \(keyValueHeads), expected a multiple"
    }
    guard headSize.isMultiple(of: 2) else { return "found head width \(headSize), expected even" }
    guard rmsNormEpsilon > 0, rmsNormEpsilon < 1 else {
      return "found RMSNorm epsilon \(rmsNormEpsilon), expected a small positive number"
    }
    guard ropeTheta >= 1, ropeTheta.isFinite else {
      return "found rotary base \(ropeTheta), expected at least 1"
    }
    let tokens = endTokens + (startToken.map { [$0] } ?? [])
    if let token = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) {
      return "found start or end token \(token), expected one of \(vocabularySize)"
    }
    return scalingProblem
  }

  private var scalingProblem: String? {
    switch ropeScaling {
    case nil: nil
    case .linear(let factor):
      factor.isFinite && factor > 0 ? nil : "found rotary factor \(factor), expected above 0"
    case .llama3(let factor, let low, let high, let context):
      [factor, low, high, context].allSatisfy { $0.isFinite && $0 > 0 } && low < high
        ? nil : "found rotary factors \(factor), \(low), \(high), \(context), expected rising ones"
    case .divisors(let divisors):
      divisors.count == headSize / 2 && divisors.allSatisfy { $0.isFinite && $0 > 0 }
        ? nil : "found \(divisors.count) rotary divisors, expected \(headSize / 2) above 0"
    }
  }
}
