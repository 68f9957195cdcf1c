extension LlamaConfiguration {
  /// What of a `config.json` this program computes, for messages.
  static let supported = "the Llama architecture (model_type llama, or mistral without a window)"

  /// Reads a `config.json`.
  ///
  /// Absent keys have the defaults of Transformers' `LlamaConfig`. What would change the computation and is
  /// not known here is refused by its name.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(configurationAt path: String) throws {
    try self.init(json: try JSONNode.field(fileAt: path))
  }

  init(json: JSONField) throws {
    _ = try json.members()
    func refuse(_ key: String, because what: String? = nil) -> CheckpointError {
      .unsupported(json.path, what ?? "\(key) \(json[key].value.kind)", supported: Self.supported)
    }
    func integer(_ key: String, default value: Int? = nil) throws -> Int {
      if json[key].isNull, let value { return value }
      return try json[key].integer()
    }
    func flag(_ key: String) throws -> Bool { try json[key].optional { try $0.boolean() } ?? false }

    let type = try json["model_type"].string()
    guard type == "llama" || type == "mistral" else {
      throw refuse("model_type")
    }
    if type == "mistral", !json["sliding_window"].isNull { throw refuse("sliding_window") }
    if !json["quantization_config"].isNull {
      throw refuse("", because: "a quantised folder (quantization_config)")
    }
    let activation = try json["hidden_act"].optional { try $0.string() } ?? "silu"
    guard activation == "silu" || activation == "swish" else { throw refuse("hidden_act") }
    for key in ["partial_rotary_factor", "pretraining_tp"] {
      if try json[key].optional({ try $0.number() }) ?? 1 != 1 { throw refuse(key) }
    }

    vocabularySize = try integer("vocab_size", default: 32_000)
    hiddenSize = try integer("hidden_size")
    intermediateSize = try integer("intermediate_size")
    layers = try integer("num_hidden_layers")
    heads = try integer("num_attention_heads")
    keyValueHeads = try integer("num_key_value_heads", default: type == "mistral" ? 8 : heads)
    if !json["head_dim"].isNull {
      headSize = try integer("head_dim")
    } else {
      guard heads > 0, hiddenSize.isMultiple(of: heads) else {
        throw CheckpointError(
          json.path, "found \(heads) heads over the width \(hiddenSize), expected a divisor")
      }
      headSize = hiddenSize / heads
    }
    contextLength = try integer(
      "max_position_embeddings", default: type == "mistral" ? 131_072 : 2048)
    rmsNormEpsilon = try json["rms_norm_eps"].optional { try $0.number() } ?? 1e-6
    attentionBias = try flag("attention_bias")
    feedForwardBias = try flag("mlp_bias")
    tiesEmbeddings = try flag("tie_word_embeddings")
    startToken = try json["bos_token_id"].optional { try $0.token() }
    endTokens = try json["eos_token_id"].optional { try $0.tokens() } ?? []
    // Transformers 5 keeps base and scaling together.
    let parameters = json["rope_parameters"]
    let theta = parameters["rope_theta"].isNull ? json["rope_theta"] : parameters["rope_theta"]
    ropeTheta = try theta.optional { try $0.number() } ?? 10_000
    ropeScaling = try Self.scaling(parameters.isNull ? json["rope_scaling"] : parameters)
    if let problem { throw CheckpointError(json.path, problem) }
  }

  private static func scaling(_ field: JSONField) throws -> RopeScaling? {
    guard !field.isNull else { return nil }
    let type = field["rope_type"].isNull ? field["type"] : field["rope_type"]
    switch try type.optional({ try $0.string() }) ?? "default" {
    case "default": return nil
    case "linear": return .linear(factor: try field["factor"].number())
    case "llama3":
      return .llama3(
        factor: try field["factor"].number(),
        lowFrequencyFactor: try field["low_freq_factor"].number(),
        highFrequencyFactor: try field["high_freq_factor"].number(),
        originalContextLength: try field["original_max_position_embeddings"].number())
    case let other:
      throw CheckpointError.unsupported(
        field.path, "\(field.key) of type '\(other)'",
        supported: "rotary positions of type default, linear or llama3")
    }
  }
}

extension LlamaConfiguration {
  /// The shape as Transformers' `config.json`.
  ///
  /// - Parameter path: For messages.
  /// - Returns: The value.
  /// - Throws: `CheckpointError` where the rotary positions have no name there.
  func json(path: String) throws -> JSONNode { .object(try members(path: path)) }

  private func members(path: String) throws -> [(key: String, value: JSONNode)] {
    let scaling: JSONNode
    switch ropeScaling {
    case nil: scaling = nil
    case .linear(let factor): scaling = ["rope_type": "linear", "factor": .number(factor)]
    case .llama3(let factor, let low, let high, let context):
      scaling = [
        "rope_type": "llama3", "factor": .number(factor), "low_freq_factor": .number(low),
        "high_freq_factor": .number(high),
        "original_max_position_embeddings": .number(context),
      ]
    case .divisors:
      throw CheckpointError.unsupported(
        path, "a config.json for these rotary divisors", supported: "Llama 3's own")
    }
    return [
      ("architectures", ["LlamaForCausalLM"]), ("model_type", "llama"), ("hidden_act", "silu"),
      ("torch_dtype", "float32"), ("vocab_size", .integer(vocabularySize)),
      ("hidden_size", .integer(hiddenSize)), ("intermediate_size", .integer(intermediateSize)),
      ("num_hidden_layers", .integer(layers)), ("num_attention_heads", .integer(heads)),
      ("num_key_value_heads", .integer(keyValueHeads)), ("head_dim", .integer(headSize)),
      ("max_position_embeddings", .integer(contextLength)),
      ("rms_norm_eps", .number(rmsNormEpsilon)), ("rope_theta", .number(ropeTheta)),
      ("rope_scaling", scaling), ("tie_word_embeddings", .boolean(tiesEmbeddings)),
      ("attention_bias", .boolean(attentionBias)), ("mlp_bias", .boolean(feedForwardBias)),
      ("bos_token_id", startToken.map { .integer(Int($0)) } ?? .null),
      ("eos_token_id", .array(endTokens.map { .integer(Int($0)) })),
    ]
  }

  // MARK: The title Llama's own

  /// What is the same in every title Llama, which its artifact therefore does not say.
  private static let titleLlama: [(key: String, value: JSONNode)] = [
    ("architectures", ["LlamaForCausalLM"]), ("model_type", "llama"), ("hidden_act", "silu"),
    ("torch_dtype", "float32"), ("rope_scaling", nil), ("tie_word_embeddings", true),
    ("attention_bias", false), ("mlp_bias", false), ("bos_token_id", nil), ("eos_token_id", []),
  ]

  /// Reads the `config` of a `language-model` artifact: a `config.json` that may leave out what is the same
  /// in every title Llama.
  ///
  /// - Parameter text: JSON.
  /// - Throws: `CheckpointError`, or what the JSON parser throws.
  init(titleLlama text: String) throws {
    let json = try JSONNode(parsing: Array(text.utf8))
    guard case .object(let members) = json else {
      throw CheckpointError("config", "found \(json.kind), expected an object")
    }
    try self.init(
      json: JSONField(path: "config", key: "", value: .object(Self.titleLlama + members)))
  }

  /// What `init(titleLlama:)` reads, keys sorted.
  ///
  /// Throws `CheckpointError` where the rotary positions have no name there.
  func titleLlamaText() throws -> String {
    var usual = Self.titleLlama
    if headSize * heads == hiddenSize { usual.append(("head_dim", .integer(headSize))) }
    let common = JSONNode.object(usual)
    let own = try members(path: "config").filter { common[$0.key]?.text != $0.value.text }
    return JSONNode.object(own.sorted { $0.key < $1.key }).text
  }
}

extension JSONField {
  /// A token's number.
  func token() throws -> Int32 {
    guard let token = Int32(exactly: try integer()), token >= 0 else {
      throw mismatch("a token's number")
    }
    return token
  }

  /// One token's number or an array of several.
  func tokens() throws -> [Int32] {
    if case .array = value { return try elements().map { try $0.token() } }
    return [try token()]
  }
}
