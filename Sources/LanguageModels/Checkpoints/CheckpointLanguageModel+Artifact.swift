public import Artifacts
import Foundation
internal import Foundations
internal import Tensors

/// What an artifact says of what a checkpoint learned, beside its columns.
private struct LearnedDescription: Codable, Equatable {
  var learned: CheckpointLanguageModel.Learned
  /// Names the numbers.
  var digest: String
  var lengthExponent: Float
}

extension CheckpointLanguageModel {
  private static let key = "learned"

  private var description: LearnedDescription {
    LearnedDescription(learned: learned, digest: learnedIdentity, lengthExponent: lengthExponent)
  }

  /// Whether an artifact of kind `checkpoint` holds this model.
  ///
  /// Throws `ArtifactError`.
  public func isKept(in artifact: Artifact) throws -> Bool {
    try reference == CheckpointReference(artifact: artifact)
      && description == Self.description(in: artifact)
  }

  /// What an artifact says that was learned: nothing where it says nothing.
  private static func description(in artifact: Artifact) throws -> LearnedDescription {
    guard artifact.metadata[key] != nil else {
      return LearnedDescription(learned: .nothing, digest: "", lengthExponent: 0)
    }
    let description = try artifact.decoded(LearnedDescription.self, from: key)
    guard (0...1).contains(description.lengthExponent) else {
      throw artifact.problem(metadata: key, expected: "a length exponent from 0 to 1")
    }
    if case .adapters(let options, _) = description.learned {
      guard options.rank > 0, !options.matrices.isEmpty else {
        throw artifact.problem(metadata: key, expected: "adapters on some matrix")
      }
    }
    return description
  }

  /// Reads an artifact of kind `checkpoint`: which one it is, and what it learned.
  ///
  /// - Parameters:
  ///   - artifact: What was read.
  ///   - files: Where the checkpoint lies: a GGUF file, or every file of a Hugging Face folder.
  /// - Throws: `ArtifactError`; `CheckpointError` where the files are not those that the artifact means; `FileError`.
  public convenience init(artifact: Artifact, files: [String]) throws {
    let description = try Self.description(in: artifact)
    let reference = try CheckpointReference(artifact: artifact)
    let checkpoint = try reference.checkpoint(files)
    let model: LlamaModel
    switch description.learned {
    case .nothing: model = try LlamaModel(checkpoint)
    case .everything:
      model = try LlamaModel(configuration: checkpoint.configuration) {
        try artifact.matrix($0, rows: $1, columns: $2)
      }
    case .adapters(let options, _):
      model = try LlamaModel(checkpoint)
      model.adapt(options, seed: 0)
      for parameter in model.parameters {
        parameter.value = try artifact.matrix(
          parameter.name, rows: parameter.value.rows, columns: parameter.value.columns)
      }
    }
    self.init(
      checkpoint, reference, model, learned: description.learned,
      learnedIdentity: Self.digest(of: model, description.learned),
      lengthExponent: description.lengthExponent)
  }

  /// The artifact that `init(artifact:files:)` reads: which checkpoint it is, how it is asked, and of the weights
  /// only what was learned.
  ///
  /// - Returns: Schema `language-model`, version 1.
  /// - Throws: What encoding throws.
  public func artifact() throws -> Artifact {
    var artifact = reference.artifact()
    guard learned != .nothing || lengthExponent > 0 else { return artifact }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    artifact.metadata[Self.key] = String(decoding: try encoder.encode(description), as: UTF8.self)
    for parameter in learned == .nothing ? [] : model.parameters {
      let value = parameter.value
      artifact.set(parameter.name, floats: value.values, shape: [value.rows, value.columns])
    }
    return artifact
  }

  /// Names what was learned by its numbers; empty for nothing.
  static func digest(of model: LlamaModel, _ learned: Learned) -> String {
    guard learned != .nothing else { return "" }
    let hasher = Digest.Hasher()
    for parameter in model.parameters {
      hasher.update(parameter.name + "\0")
      parameter.value.values.withUnsafeBytes(hasher.update)
    }
    return hasher.finalize()
  }

  // MARK: Folders

  /// Writes the weights with all that was learned as a Hugging Face folder; see `writeHuggingFaceFolder`.
  ///
  /// - Parameter folder: Made where it is missing.
  /// - Throws: `FileError`; `CheckpointError` for a shape that `config.json` cannot say.
  public func writeMerged(to folder: String) throws {
    try writeHuggingFaceFolder(
      folder, configuration: checkpoint.configuration, weights: scorer.mergedWeights,
      tokenizerFrom: checkpoint)
  }

  /// Writes the adapters in PEFT's layout; see `LanguageModels.writeAdapter`.
  ///
  /// - Parameters:
  ///   - folder: Made where it is missing.
  ///   - path: How PEFT finds the checkpoint; nil for its path here.
  /// - Throws: `FileError`; `UnsupportedByModel` where there are no adapters.
  public func writeAdapters(to folder: String, base path: String? = nil) throws {
    guard case .adapters(let options, let dropout) = learned else {
      throw UnsupportedByModel(
        identity: identity, found: "a model without adapters", needed: "one that was tuned by them")
    }
    try writeAdapter(
      folder,
      AdapterDescription(
        rank: options.rank, alpha: options.alpha, dropout: dropout, base: path ?? checkpoint.path),
      layers: Dictionary(
        uniqueKeysWithValues: model.adapters.map {
          ($0.name, (a: $0.adapter.down.value, b: $0.adapter.up.value))
        }))
  }
}

extension Artifact {
  /// A matrix of weights.
  fileprivate func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
    try Schema(schema, [.init(name, .float32, [.exactly(rows), .exactly(columns)], .weights)])
      .check(self)
    return Matrix(rows: rows, columns: columns, values: try floats(name))
  }
}
