public import Artifacts
import Foundation
internal import Tensors

extension EmbeddedLanguageModel {
  static let schema = "language-model"

  /// Reads a `language-model` artifact: weights under their Hugging Face names, the tokenizer's tables,
  /// the configuration as JSON in the metadata.
  ///
  /// - Parameters:
  ///   - artifact: What was read.
  ///   - identity: The artifact's digest or another name of the weights.
  /// - Throws: `ArtifactError`.
  public convenience init(artifact: Artifact, identity: String) throws {
    let configuration: LlamaConfiguration
    do {
      configuration = try LlamaConfiguration(titleLlama: artifact.metadata["config"] ?? "")
    } catch let error as CheckpointError {
      throw artifact.problem(
        metadata: "config", expected: "a shape that can be built (\(error.problem))")
    } catch {
      throw artifact.problem(metadata: "config", expected: "the shape of a Llama as JSON")
    }
    let flat = try artifact.int32s("tokenizer.merges")
    let merges = stride(from: 0, to: flat.count - 1, by: 2).map { SIMD2(flat[$0], flat[$0 + 1]) }
    let words = try artifact.text("tokenizer.words")
    let titles = configuration.vocabularySize - 258 - merges.count - words.count
    let fits = merges.indices.allSatisfy { merges[$0].max() < 256 + $0 && merges[$0].min() >= 0 }
    let items = try artifact.metadata[Schema.itemCount].map { _ in
      try artifact.count(Schema.itemCount)
    }
    guard titles >= 0, fits, flat.count == 2 * merges.count, items ?? titles == titles else {
      throw artifact.problem(
        "tokenizer", found: "\(merges.count) merges and \(words.count) words",
        expected: "those of \(configuration.vocabularySize) tokens"
          + (items.map { ", \($0) of them titles" } ?? ""))
    }
    let tokenizer = CatalogueTokenizer(
      encoding: BytePairEncoding(merges: merges), words: words, titleCount: titles)
    var weights: [String: Matrix] = [:]
    _ = try LlamaModel(configuration: configuration) { name, rows, columns in
      let isVector = try rows == 1 && artifact.shape(of: name).count == 1
      let shape: [Schema.Length] =
        isVector ? [.exactly(columns)] : [.exactly(rows), .exactly(columns)]
      try Schema(Self.schema, [.init(name, .float32, shape, .weights)]).check(artifact)
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
  /// - Throws: `CheckpointError` where the shape cannot be said as JSON.
  public func artifact() throws -> Artifact {
    var artifact = Artifact(schema: Self.schema)
    artifact.metadata["config"] = try configuration.titleLlamaText()
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
  /// - Throws: `ArtifactError` where it is missing or damaged.
  public func decoded<Value: Decodable>(_ type: Value.Type, from key: String) throws -> Value {
    guard let json = metadata[key],
      let value = try? JSONDecoder().decode(type, from: Data(json.utf8))
    else {
      throw problem(metadata: key, expected: "\(Value.self) as JSON")
    }
    return value
  }
}
