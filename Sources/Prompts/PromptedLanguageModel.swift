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
  ///   - identity: Names the weights: the artifact's digest.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact, identity: String) throws {
    model = try readLanguageModel(artifact, identity: identity)
    templates = try artifact.decoded(PromptTemplates.self, from: "prompts")
  }

  /// The artifact that `init(artifact:identity:)` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  /// - Throws: `UnsupportedByModel` for a model without weights of its own; what encoding throws.
  public func artifact() throws -> Artifact {
    var artifact = try model.tunable().artifact()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    artifact.metadata["prompts"] = String(decoding: try encoder.encode(templates), as: UTF8.self)
    return artifact
  }
}
