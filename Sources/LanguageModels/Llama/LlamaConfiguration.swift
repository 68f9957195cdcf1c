/// The shape of a Llama-architecture decoder, under the keys of a Hugging Face `config.json`.
public struct LlamaConfiguration: Sendable, Equatable, Codable {
  public var vocabularySize: Int
  /// Width D of the residual stream.
  public var hiddenSize: Int
  /// Width of the SwiGLU product.
  public var intermediateSize: Int
  public var layers: Int
  public var heads: Int
  /// Key and value heads; divides `heads`.
  public var keyValueHeads: Int
  /// The longest prompt with its answer, in tokens.
  public var contextLength: Int
  public var rmsNormEpsilon: Float
  public var ropeTheta: Float

  public init(
    vocabularySize: Int, hiddenSize: Int = 64, intermediateSize: Int = 168, layers: Int = 2,
    heads: Int = 2, keyValueHeads: Int = 2, contextLength: Int = 256, rmsNormEpsilon: Float = 1e-5,
    ropeTheta: Float = 10_000
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.contextLength = contextLength
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
  }

  enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layers = "num_hidden_layers"
    case heads = "num_attention_heads"
    case keyValueHeads = "num_key_value_heads"
    case contextLength = "max_position_embeddings"
    case rmsNormEpsilon = "rms_norm_eps"
    case ropeTheta = "rope_theta"
  }

  /// Width of one head.
  public var headSize: Int { hiddenSize / heads }

  /// Why no model has this shape; nil when one can.
  var problem: String? {
    let sizes = [
      vocabularySize, hiddenSize, intermediateSize, layers, heads, keyValueHeads, contextLength,
    ]
    guard sizes.allSatisfy({ $0 > 0 }) else { return "a size is below 1" }
    guard hiddenSize % heads == 0, heads % keyValueHeads == 0, headSize % 2 == 0 else {
      return "\(heads) heads over \(keyValueHeads) do not divide the width \(hiddenSize) evenly"
    }
    return nil
  }
}
