public import Artifacts
import Foundation
public import LanguageModels

/// A language model together with the wording it was trained on: what a `language-model` artifact holds.
public struct PromptedLanguageModel: Sendable {
  public var model: any LanguageModel
  public var templates: PromptTemplates

  public init(model: any LanguageModel, templates: PromptTemplates) {
    self.model = model
    self.templates = templates
  }

  /// Reads a `language-model` artifact.
  ///
  /// - Parameters:
  ///   - artifact: What pretrain-llm or tune-llm wrote.
  ///   - identity: Names weights that are in it: the artifact's digest.
  ///   - files: Weights that are not.
  /// - Throws: `ArtifactError`; `CheckpointError` or `FileError` for files that are not what the artifact means.
  public init(artifact: Artifact, identity: String, files: [String] = []) throws {
    model = try readLanguageModel(artifact, identity: identity, files: files)
    templates = try PromptTemplates(of: artifact)
  }

  /// The artifact that `init(artifact:identity:)` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  /// - Throws: `UnsupportedByModel` for a model without weights of its own; what encoding throws.
  public func artifact() throws -> Artifact {
    var artifact = try model.tunable().artifact()
    try artifact.set(templates: templates)
    return artifact
  }
}

extension PromptTemplates {
  /// The wording in a `language-model` artifact.
  ///
  /// Throws `ArtifactError`.
  public init(of artifact: Artifact) throws {
    self = try artifact.decoded(PromptTemplates.self, from: "prompts")
  }
}

extension Artifact {
  /// Puts the wording beside a language model.
  ///
  /// Throws what encoding throws.
  public mutating func set(templates: PromptTemplates) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    metadata["prompts"] = String(decoding: try encoder.encode(templates), as: UTF8.self)
  }
}
