import Foundation
import Foundations
import LanguageModels
import Tensors

/// Writes a small random Llama as a Hugging Face folder, with the tokenizer of SmolLM2's kind and its chat format.
///
/// - Parameters:
///   - folder: Made where it is missing.
///   - contextLength: Tokens of a prompt with its answer.
///   - seed: Of the weights.
/// - Throws: What reading the tokenizer and writing throw.
public func writeTinyCheckpoint(
  to folder: String, contextLength: Int = 256, seed: UInt64 = 3
) throws {
  let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "LanguageModelsTests/Fixtures/checkpoints/smollm.tokenizer.json").path
  let tokenizer = try BytePairTokenizer(tokenizerAt: fixture)
  let shape = LlamaConfiguration(
    vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 24, layers: 2,
    heads: 4, keyValueHeads: 2, headSize: 6, contextLength: contextLength)
  var random = SeededRandom(seed: seed)
  var weights: [String: Matrix] = [:]
  for (name, rows, columns) in shape.tensors {
    weights[name] =
      rows == 1
      ? Matrix(rows: 1, columns: columns, repeating: 1)
      : Matrix.normal(rows: rows, columns: columns, deviation: 0.4, using: &random)
  }
  try writeHuggingFaceFolder(folder, configuration: shape, weights: weights)
  try Files.writeAtomically(Files.readStored(fixture), to: "\(folder)/tokenizer.json")
  try Files.writeAtomically(
    "{{ '<|im_start|>' }}{{ '<|im_end|>' }}", to: "\(folder)/chat_template.jinja")
}
