internal import Tensors

extension StoredWeights {
  /// Reads the tensors of a GGUF file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(gguf path: String) throws {
    let file = try GGUFFile(path)
    self = try file.weights(try file.configuration())
  }
}

extension LlamaConfiguration {
  /// Reads the metadata of a GGUF file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(gguf path: String) throws { self = try GGUFFile(path).configuration() }
}

extension GGUFFile {
  /// The tensors under their Hugging Face names, rows of queries and keys half-split.
  ///
  /// - Parameter configuration: What `configuration()` read.
  /// - Returns: Where each lies.
  /// - Throws: `CheckpointError` for a tensor that the architecture does not have.
  func weights(_ configuration: LlamaConfiguration) throws -> StoredWeights {
    var stored: [String: StoredTensor] = [:]
    for (name, tensor) in tensors where name != Self.divisorsName {
      guard let known = Self.huggingFaceName(name) else {
        throw CheckpointError.unsupported(
          path, "tensor \(name)", supported: "the tensors of the Llama architecture")
      }
      var heads: Int?
      if known.contains(".q_proj.") { heads = configuration.heads }
      if known.contains(".k_proj.") { heads = configuration.keyValueHeads }
      if let heads, tensor.shape.first?.isMultiple(of: 2 * heads) != true {
        throw CheckpointError(
          path, "tensor \(name): found shape \(tensor.shape), expected rows for \(heads) heads")
      }
      stored[known] = StoredTensor(
        file: file, range: tensor.range, encoding: tensor.encoding, shape: tensor.shape,
        interleavedHeads: heads)
    }
    return StoredWeights(path: path, tensors: stored)
  }

  /// The divisors of Llama 3's rotary frequencies.
  private static let divisorsName = "rope_freqs.weight"

  /// Parts of a tensor's name in llama.cpp's `constants.py` and in Hugging Face's Llama.
  private static let parts = [
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
  ]

  /// The Hugging Face name of a tensor; nil where the architecture has none.
  static func huggingFaceName(_ name: String) -> String? {
    let pieces = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    switch pieces.count {
    case 2
    where pieces[1] == "weight" && ["token_embd", "output_norm", "output"].contains(pieces[0]):
      return parts[pieces[0]].map { "\($0).weight" }
    case 4 where pieces[0] == "blk" && (pieces[3] == "weight" || pieces[3] == "bias"):
      guard let layer = Int(pieces[1]), String(layer) == pieces[1], layer >= 0,
        let part = parts[pieces[2]], !part.hasPrefix("model."), part != "lm_head"
      else { return nil }
      return "model.layers.\(layer).\(part).\(pieces[3])"
    default: return nil
    }
  }

  /// The shape that the metadata and the tensors tell.
  ///
  /// - Returns: A shape that a model can have.
  /// - Throws: `CheckpointError` for another architecture, missing keys or impossible values.
  func configuration() throws -> LlamaConfiguration {
    let architecture = try string("general.architecture")
    guard architecture == "llama" else {
      throw CheckpointError.unsupported(
        path, "architecture \(architecture)", supported: "the Llama architecture (llama)")
    }
    if try optionalInteger("llama.expert_count") ?? 0 > 0 {
      throw CheckpointError.unsupported(
        path, "a mixture of experts (llama.expert_count)",
        supported: "one feed-forward block a layer")
    }
    let (hidden, heads) = (
      try integer("llama.embedding_length"), try integer("llama.attention.head_count")
    )
    guard heads > 0 else {
      throw CheckpointError(path, "found \(heads) heads, expected at least 1")
    }
    let head = try optionalInteger("llama.attention.key_length") ?? hidden / heads
    guard metadata["llama.attention.key_length"] != nil || head * heads == hidden else {
      throw CheckpointError(
        path, "found \(heads) heads over the width \(hidden), expected a divisor")
    }
    for key in ["llama.attention.value_length", "llama.rope.dimension_count"] {
      if let size = try optionalInteger(key), size != head {
        throw CheckpointError.unsupported(
          path, "\(key) \(size) beside heads of \(head)",
          supported: "heads of one width, rotated whole")
      }
    }
    guard let embedding = tensors["token_embd.weight"], embedding.shape.count == 2 else {
      throw CheckpointError(path, "found no matrix token_embd.weight")
    }
    func hasBias(_ parts: [String]) throws -> Bool {
      let found = parts.filter { tensors["blk.0.\($0).bias"] != nil }
      guard found.isEmpty || found.count == parts.count else {
        throw CheckpointError.unsupported(
          path, "a bias of \(found.joined(separator: ", ")) alone",
          supported: "biases of all of \(parts.joined(separator: ", ")), or of none")
      }
      return !found.isEmpty
    }
    let configuration = LlamaConfiguration(
      vocabularySize: embedding.shape[0], hiddenSize: hidden,
      intermediateSize: try integer("llama.feed_forward_length"),
      layers: try integer("llama.block_count"), heads: heads,
      keyValueHeads: try optionalInteger("llama.attention.head_count_kv") ?? heads,
      headSize: head, contextLength: try integer("llama.context_length"),
      rmsNormEpsilon: try shortest("llama.attention.layer_norm_rms_epsilon"),
      ropeTheta: metadata["llama.rope.freq_base"] == nil
        ? 10_000 : try shortest("llama.rope.freq_base"),
      ropeScaling: try ropeScaling(), tiesEmbeddings: tensors["output.weight"] == nil,
      attentionBias: try hasBias(["attn_q", "attn_k", "attn_v", "attn_output"]),
      feedForwardBias: try hasBias(["ffn_gate", "ffn_up", "ffn_down"]),
      startToken: try token("tokenizer.ggml.bos_token_id"),
      endTokens: try ["eos", "eot", "eom"].compactMap {
        try token("tokenizer.ggml.\($0)_token_id")
      }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    if let problem = configuration.problem { throw CheckpointError(path, problem) }
    return configuration.namingRopeScaling()
  }

  private func ropeScaling() throws -> LlamaConfiguration.RopeScaling? {
    let type =
      metadata["llama.rope.scaling.type"] == nil
      ? "none" : try string("llama.rope.scaling.type")
    var scaling: LlamaConfiguration.RopeScaling?
    switch type {
    case "none": break
    case "linear": scaling = .linear(factor: try float("llama.rope.scaling.factor"))
    default:
      throw CheckpointError.unsupported(
        path, "llama.rope.scaling.type '\(type)'",
        supported: "rotary positions of type none, linear or llama3")
    }
    guard let tensor = tensors[Self.divisorsName] else { return scaling }
    guard scaling == nil, tensor.shape.count == 1, tensor.shape[0] <= 1 << 14 else {
      throw CheckpointError(
        path,
        "found \(Self.divisorsName) of shape \(tensor.shape) beside scaling '\(type)', "
          + "expected a vector alone")
    }
    let stored = StoredTensor(
      file: file, range: tensor.range, encoding: tensor.encoding, shape: tensor.shape)
    return .divisors(stored.matrix(rows: 1, columns: tensor.shape[0]).values)
  }

  // MARK: Metadata

  func mismatch(_ key: String, _ expected: String) -> CheckpointError {
    CheckpointError(
      path,
      metadata[key] == nil
        ? "found no metadata key \(key), expected \(expected)"
        : "metadata key \(key): found another kind of value, expected \(expected)")
  }

  func string(_ key: String) throws -> String {
    guard case .string(let text) = metadata[key] else { throw mismatch(key, "text") }
    return text
  }

  func strings(_ key: String) throws -> [String] {
    guard case .strings(let texts) = metadata[key] else { throw mismatch(key, "an array of texts") }
    return texts
  }

  func integer(_ key: String) throws -> Int {
    guard case .integer(let value) = metadata[key] else { throw mismatch(key, "a whole number") }
    return Int(value)
  }

  func optionalInteger(_ key: String) throws -> Int? {
    metadata[key] == nil ? nil : try integer(key)
  }

  func flag(_ key: String, default value: Bool) throws -> Bool {
    guard let found = metadata[key] else { return value }
    guard case .boolean(let flag) = found else { throw mismatch(key, "true or false") }
    return flag
  }

  func token(_ key: String) throws -> Int32? {
    guard let value = try optionalInteger(key) else { return nil }
    guard let token = Int32(exactly: value), token >= 0 else {
      throw mismatch(key, "a token's number")
    }
    return token
  }

  private func float(_ key: String) throws -> Double {
    guard case .float(let value) = metadata[key] else { throw mismatch(key, "a number") }
    return value
  }

  /// The shortest decimal number that the float32 of the file stands for: 1e-5, not 9.9999997e-6.
  private func shortest(_ key: String) throws -> Double {
    let value = try float(key)
    return Double("\(Float(value))") ?? value
  }
}
