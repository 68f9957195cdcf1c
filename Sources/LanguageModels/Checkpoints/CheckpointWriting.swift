internal import Artifacts
import Foundation
internal import Foundations
public import Tensors

/// Writes a model as a Hugging Face folder that Transformers opens: `config.json`, `model.safetensors` in
/// float32, and the tokenizer: the files of the folder it came from, or those that say the same of a GGUF file.
///
/// - Parameters:
///   - folder: Made where it is missing; files in it are replaced one by one.
///   - configuration: The shape.
///   - weights: Every tensor of the shape by its Hugging Face name; vectors are one row.
///   - source: The checkpoint whose tokenizer the model reads; nil writes none.
/// - Throws: `FileError`; `CheckpointError` for a shape that `config.json` cannot say.
public func writeHuggingFaceFolder(
  _ folder: String, configuration: LlamaConfiguration, weights: [String: Matrix],
  tokenizerFrom source: Checkpoint? = nil
) throws {
  for (name, rows, columns) in configuration.tensors {
    let matrix = weights[name]
    precondition(matrix?.rows == rows && matrix?.columns == columns, "shape of \(name)")
  }
  try makeFolder(folder)
  if let source { try writeTokenizer(of: source, to: folder) }
  try writeSafetensors(weights, to: "\(folder)/model.safetensors")
  try Files.writeAtomically(try configuration.json(path: folder).lines, to: "\(folder)/config.json")
}

/// The files of a Hugging Face folder that belong to its tokenizer and its way of answering.
private let tokenizerFiles = [
  "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
  "generation_config.json",
]

private func writeTokenizer(of source: Checkpoint, to folder: String) throws {
  if MappedFile.exists("\(source.path)/tokenizer.json") {
    for file in tokenizerFiles where MappedFile.exists("\(source.path)/\(file)") {
      let bytes = try Files.readStored("\(source.path)/\(file)", limit: 1 << 28)
      try Files.writeAtomically(bytes, to: "\(folder)/\(file)")
    }
    return
  }
  func name(_ token: Int32?) -> JSONNode {
    let texts = source.tokenizer.texts
    return token.flatMap { Int($0) < texts.count ? texts[Int($0)] : nil }.map { .string($0) }
      ?? .null
  }
  let configuration: JSONNode = [
    "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
    "model_max_length": .integer(source.configuration.contextLength),
    "bos_token": name(source.configuration.startToken),
    "eos_token": name(source.configuration.endTokens.first),
    "chat_template": source.chatTemplate.map { .string($0) } ?? .null,
  ]
  try Files.writeAtomically(source.tokenizer.definition.text, to: "\(folder)/tokenizer.json")
  try Files.writeAtomically(configuration.lines, to: "\(folder)/tokenizer_config.json")
}

/// What a low-rank adapter is, beside its numbers (Hu et al., 2021).
public struct AdapterDescription: Sendable, Equatable {
  /// Rank r of the two matrices.
  public var rank: Int
  /// The product is scaled by alpha / r.
  public var alpha: Float
  /// Rate on the adapter's input in training.
  public var dropout: Float
  /// The path or name of the model that is adapted.
  public var base: String

  public init(rank: Int, alpha: Float, dropout: Float, base: String) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.base = base
  }
}

/// Writes an adapter in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
///
/// - Parameters:
///   - folder: Made where it is missing.
///   - description: Rank and scale.
///   - layers: By the adapted layer's Hugging Face name without `.weight`, such as
///     `model.layers.0.self_attn.q_proj`: A of rank × input and B of output × rank.
/// - Throws: `FileError`.
public func writeAdapter(
  _ folder: String, _ description: AdapterDescription, layers: [String: (a: Matrix, b: Matrix)]
) throws {
  var weights: [String: Matrix] = [:]
  for (name, layer) in layers {
    precondition(
      layer.a.rows == description.rank && layer.b.columns == description.rank, "rank of \(name)")
    weights["base_model.model.\(name).lora_A.weight"] = layer.a
    weights["base_model.model.\(name).lora_B.weight"] = layer.b
  }
  // PEFT adapts every layer whose last part is named, so all layers of a kind must be there.
  let targets = Set(layers.keys.map { String($0.split(separator: ".").last ?? "") })
  let file: JSONNode = [
    "peft_type": "LORA", "task_type": "CAUSAL_LM",
    "base_model_name_or_path": .string(description.base), "r": .integer(description.rank),
    "lora_alpha": .decimal(description.alpha), "lora_dropout": .decimal(description.dropout),
    "target_modules": .array(targets.sorted().map { .string($0) }), "bias": "none",
    "fan_in_fan_out": false, "inference_mode": true,
  ]
  try makeFolder(folder)
  try writeSafetensors(weights, to: "\(folder)/adapter_model.safetensors")
  try Files.writeAtomically(file.lines, to: "\(folder)/adapter_config.json")
}

/// Writes matrices as float32; norms and biases are vectors.
private func writeSafetensors(_ weights: [String: Matrix], to path: String) throws {
  let header = SafetensorsHeader(
    metadata: ["format": "pt"],
    tensors: Dictionary(
      uniqueKeysWithValues: weights.map { name, matrix in
        let isVector = name.hasSuffix("norm.weight") || name.hasSuffix(".bias")
        return (name, ("F32", isVector ? [matrix.count] : [matrix.rows, matrix.columns]))
      }))
  try Files.writeAtomically(to: path) { write in
    try header.bytes.withUnsafeBytes(write)
    for name in header.namesInFileOrder {
      try weights[name]?.values.withUnsafeBytes(write)
    }
  }
}

private func makeFolder(_ folder: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw CheckpointError(
      folder, "cannot be made: \(error.localizedDescription)",
      advice: "check the path and its permissions")
  }
}
