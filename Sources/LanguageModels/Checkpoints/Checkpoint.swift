/// A pretrained language model on the disk: a Hugging Face folder or a GGUF file.
///
/// Opening reads the shape, the tokenizer and the table of tensors, and refuses what this program would
/// compute wrongly; the weights are converted when they are asked for.
public struct Checkpoint: Sendable {
  /// The folder or file.
  public let path: String
  public let configuration: LlamaConfiguration
  public let weights: any WeightSource
  public let tokenizer: BytePairTokenizer
  public let chatFormat: ChatFormat
  /// The Jinja text of the chat format; nil where the checkpoint brings none.
  public let chatTemplate: String?

  /// How large the model is, in words.
  public var summary: String {
    let parameters = configuration.tensors.reduce(0) { $0 + $1.rows * $1.columns }
    return
      "\(parameters) parameters, \(configuration.layers) layers, \(tokenizer.vocabularySize) tokens, "
      + "\(chatFormat.kind.rawValue)"
  }

  /// Opens a checkpoint.
  ///
  /// - Parameter path: A folder with `config.json`, or a `.gguf` file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(at path: String) throws {
    self.path = path
    if MappedFile.exists("\(path)/config.json") {
      configuration = try LlamaConfiguration(configurationAt: "\(path)/config.json")
      weights = try StoredWeights(huggingFaceFolder: path)
      tokenizer = try BytePairTokenizer(tokenizerAt: "\(path)/tokenizer.json")
      chatTemplate = try ChatFormat.template(inFolder: path)
    } else if MappedFile.exists("\(path)/.") {
      throw CheckpointError(
        path, "found a folder without config.json",
        advice: "name a Hugging Face folder or a .gguf file")
    } else {
      let file = try GGUFFile(path)
      configuration = try file.configuration()
      weights = try file.weights(configuration)
      tokenizer = try BytePairTokenizer(file)
      chatTemplate =
        file.metadata["tokenizer.chat_template"] == nil
        ? nil : try file.string("tokenizer.chat_template")
    }
    chatFormat = ChatFormat(template: chatTemplate, tokenizer: tokenizer)
    try check()
  }

  /// Tensors that hold nothing which the configuration does not say already.
  private static func isRedundant(_ name: String) -> Bool {
    name.hasSuffix(".rotary_emb.inv_freq")
  }

  /// The tensors are those of the shape, and the tokenizer's tokens are rows of the table.
  private func check() throws {
    let expected = configuration.tensors
    for (name, rows, columns) in expected {
      let shape = weights.shape(of: name)
      guard shape == [rows, columns] || (rows == 1 && shape == [columns]) else {
        throw CheckpointError(
          path,
          "tensor \(name): found \(shape.map { "shape \($0)" } ?? "none"), expected "
            + (rows == 1 ? "[\(columns)]" : "[\(rows), \(columns)]"),
          advice: "check that the configuration belongs to these weights")
      }
    }
    let known = Set(expected.map(\.name))
    for name in weights.names where !known.contains(name) && !Self.isRedundant(name) {
      // Written beside the table it is tied to.
      if name == "lm_head.weight" && configuration.tiesEmbeddings { continue }
      throw CheckpointError.unsupported(
        path, "tensor \(name)", supported: "the tensors of the Llama architecture alone")
    }
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw CheckpointError(
        path,
        "found a tokenizer of \(tokenizer.vocabularySize) tokens, expected at most "
          + "\(configuration.vocabularySize)")
    }
  }
}
