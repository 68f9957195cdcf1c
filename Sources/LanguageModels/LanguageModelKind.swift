public import Artifacts

/// What a `language-model` artifact holds.
public enum LanguageModelKind: String, CaseIterable, Sendable {
  /// The weights of a title Llama; what an artifact without a kind holds.
  case titleLlama = "title-llama"
  /// Which pretrained checkpoint it is, and what it learned; its own weights lie in files of their own.
  case checkpoint
  /// Which model of a server it is, and what the server can do.
  case endpoint

  private static let key = "kind"
  private static let schema = "language-model"

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

  /// An artifact of this kind, for a model that reads titles.
  ///
  /// - Parameter titles: Of every item of the catalogue.
  /// - Returns: Schema `language-model`, version 1.
  public func artifact(titles: [String]) -> Artifact {
    var artifact = Artifact(schema: Self.schema, metadata: [Self.key: rawValue])
    artifact.set("titles", text: titles)
    return artifact
  }

  /// Makes sure that an artifact has a title for each item of its data set.
  ///
  /// Throws `ArtifactError`.
  public static func checkTitles(_ artifact: Artifact) throws {
    try Schema(schema, [.init("titles", .text, [.axis(.items)])]).check(artifact)
  }
}

/// Reads a `language-model` artifact of a model that runs here.
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
  case .checkpoint: try CheckpointLanguageModel(artifact: artifact, files: files)
  case .endpoint:
    throw artifact.problem(
      metadata: "kind",
      expected: "a model with weights; what a server has is opened by its own library")
  }
}
