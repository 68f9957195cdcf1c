public import Artifacts
import Foundation
public import Foundations
internal import Tensors

/// A language-model artifact whose parts do not fit together.
public struct LanguageModelArtifactError: DataError, Equatable, CustomStringConvertible {
  /// What was found.
  public let problem: String
  public var isDataError: Bool { true }
  public var description: String {
    "language model: \(problem); run the stage that wrote it again"
  }

  public init(_ problem: String) { self.problem = problem }
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
  public convenience init(artifact: Artifact, identity: String) throws {
    let configuration = try artifact.decoded(LlamaConfiguration.self, from: "config")
    if let problem = configuration.problem { throw LanguageModelArtifactError(problem) }
    let flat = try artifact.int32s("tokenizer.merges")
    let merges = stride(from: 0, to: flat.count - 1, by: 2).map { SIMD2(flat[$0], flat[$0 + 1]) }
    let words = try artifact.text("tokenizer.words")
    let titles = configuration.vocabularySize - 258 - merges.count - words.count
    let fits = merges.indices.allSatisfy { merges[$0].max() < 256 + $0 && merges[$0].min() >= 0 }
    guard titles >= 0, fits, flat.count == 2 * merges.count else {
      throw LanguageModelArtifactError(
        "the tokenizer does not fit \(configuration.vocabularySize) tokens")
    }
    let tokenizer = CatalogueTokenizer(
      encoding: BytePairEncoding(merges: merges), words: words, titleCount: titles)
    var weights: [String: Matrix] = [:]
    _ = try LlamaModel(configuration: configuration) { name, rows, columns in
      let shape = try artifact.shape(of: name)
      guard shape == [rows, columns] || (rows == 1 && shape == [columns]) else {
        throw LanguageModelArtifactError(
          "\(name) has shape \(shape), expected [\(rows), \(columns)]")
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
    let folded =
      composition == nil
      ? weights
      : LlamaModel(configuration: configuration, weights: weights, composition: composition)
        .foldedWeights
    for (name, matrix) in folded {
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

extension Artifact {
  /// A part of a language model that is kept as JSON in the metadata.
  ///
  /// - Parameters:
  ///   - type: What it is.
  ///   - key: The metadata's key.
  /// - Returns: The value.
  /// - Throws: `LanguageModelArtifactError` when it is missing or damaged.
  public func decoded<Value: Decodable>(_ type: Value.Type, from key: String) throws -> Value {
    guard let json = metadata[key] else {
      throw LanguageModelArtifactError("no \(key) in the metadata")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(json.utf8))
    } catch {
      throw LanguageModelArtifactError("\(key) in the metadata is damaged")
    }
  }
}
