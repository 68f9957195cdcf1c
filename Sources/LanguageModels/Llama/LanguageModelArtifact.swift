public import Artifacts
import Foundation
internal import Tensors

/// A language-model artifact whose parts do not fit together.
public struct LanguageModelArtifactError: DataError, CustomStringConvertible {
  public let description: String
  public var isDataError: Bool { true }
}

extension EmbeddedLanguageModel {
  static let schema = "language-model"

  /// Reads a `language-model` artifact: weights under their Hugging Face names, the tokenizer's tables,
  /// the configuration as JSON in the metadata.
  ///
  /// - Parameters:
  ///   - artifact: What was read.
  ///   - identity: The artifact's digest or another name of the weights.
  /// - Throws: `ArtifactError` for missing columns; `LanguageModelArtifactError` when shapes contradict the
  ///   configuration.
  public init(artifact: Artifact, identity: String) throws {
    func fail(_ problem: String) -> LanguageModelArtifactError {
      LanguageModelArtifactError(
        description: "language model: \(problem); run the stage that wrote it again")
    }
    guard let json = artifact.metadata["config"] else { throw fail("no configuration") }
    let configuration = try JSONDecoder().decode(LlamaConfiguration.self, from: Data(json.utf8))
    let flat = try artifact.int32s("tokenizer.merges")
    let merges = stride(from: 0, to: flat.count - 1, by: 2).map { SIMD2(flat[$0], flat[$0 + 1]) }
    let words = try artifact.text("tokenizer.words")
    let titles = configuration.vocabularySize - 258 - merges.count - words.count
    guard titles >= 0, merges.indices.allSatisfy({ merges[$0].max() < 256 + $0 && merges[$0].min() >= 0 })
    else { throw fail("the tokenizer does not fit \(configuration.vocabularySize) tokens") }
    let tokenizer = Tokenizer(
      encoding: BytePairEncoding(merges: merges), words: words, titleCount: titles)
    var weights: [String: Matrix] = [:]
    _ = try LlamaModel(configuration: configuration) { name, rows, columns in
      let shape = try artifact.shape(of: name)
      guard shape == [rows, columns] || (rows == 1 && shape == [columns]) else {
        throw fail("\(name) has shape \(shape), expected [\(rows), \(columns)]")
      }
      let matrix = Matrix(rows: rows, columns: columns, values: try artifact.floats(name))
      weights[name] = matrix
      return matrix
    }
    self.init(
      configuration: configuration, weights: weights, tokenizer: tokenizer, identity: identity)
  }

  /// The artifact that `init(artifact:identity:)` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  /// - Throws: What the JSON encoder throws.
  public func artifact() throws -> Artifact {
    var artifact = Artifact(schema: Self.schema)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    artifact.metadata["config"] = String(
      decoding: try encoder.encode(configuration), as: UTF8.self)
    for (name, matrix) in weights {
      // Norm weights are vectors in Hugging Face checkpoints.
      let shape = matrix.rows == 1 ? [matrix.columns] : [matrix.rows, matrix.columns]
      artifact.set(name, floats: matrix.values, shape: shape)
    }
    artifact.set(
      "tokenizer.merges", int32s: tokenizer.encoding.merges.flatMap { [$0.x, $0.y] },
      shape: [tokenizer.encoding.merges.count, 2])
    artifact.set("tokenizer.words", text: tokenizer.words)
    return artifact
  }
}
