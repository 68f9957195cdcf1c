public import Artifacts

/// What a `language-model` artifact holds.
public enum LanguageModelKind: String, CaseIterable, Sendable {
  /// The weights of a title Llama; what an artifact without a kind holds.
  case titleLlama = "title-llama"
  /// Which pretrained checkpoint it is; the weights lie in files of their own.
  case checkpoint

  /// The metadata key.
  static let key = "kind"
  /// Of every kind.
  static let schema = "language-model"

  /// The kind of an artifact.
  ///
  /// Throws `ArtifactError`.
  public init(of artifact: Artifact) throws {
    guard let text = artifact.metadata[Self.key] else {
      self = .titleLlama
      return
    }
    guard let kind = Self(rawValue: text) else {
      throw artifact.problem(
        metadata: Self.key, expected: Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = kind
  }
}

/// Reads a `language-model` artifact, whichever model wrote it.
///
/// - Parameters:
///   - artifact: What was read.
///   - identity: Names weights that are in the artifact: its digest.
///   - files: Weights that are not: a GGUF file, or every file of a Hugging Face folder.
/// - Returns: The model; ask it whether it ranks the catalogue or learns.
/// - Throws: `ArtifactError` for missing columns, and when its parts do not fit
///   together; `CheckpointError` where the files are not those that the artifact means; `FileError`.
public func readLanguageModel(
  _ artifact: Artifact, identity: String, files: [String] = []
) throws -> any LanguageModel {
  switch try LanguageModelKind(of: artifact) {
  case .titleLlama: try readTitleLlama(artifact, identity: identity)
  case .checkpoint: try CheckpointReference(artifact: artifact).open(files)
  }
}
