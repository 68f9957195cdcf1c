public import Artifacts
internal import Foundations

/// What a `language-model` artifact says of a pretrained checkpoint: which one it is, and how it is asked.
///
/// The weights stay in their files. What is opened must have the digest that stands here, so that a result never
/// comes from other weights than its key names.
public struct CheckpointReference: Sendable, Equatable {
  /// What results call the model.
  public let name: String
  /// SHA-256 of a checkpoint's one file, or of the list of its files with their digests.
  public let digest: String
  public let style: CheckpointLanguageModel.Style
  /// Of every item of the catalogue.
  public let titles: [String]

  /// Refers to a checkpoint.
  ///
  /// - Parameters:
  ///   - name: What results call the model.
  ///   - files: A GGUF file, or every file of a Hugging Face folder.
  ///   - style: How the model is asked.
  ///   - titles: Of every item of the catalogue.
  /// - Throws: `FileError`.
  public init(
    name: String, files: [String], style: CheckpointLanguageModel.Style, titles: [String]
  ) throws {
    self.name = name
    self.style = style
    self.titles = titles
    digest = try Self.digest(of: files)
  }

  /// Refers to weights by their digest.
  init(
    name: String, digest: String, style: CheckpointLanguageModel.Style, titles: [String]
  ) {
    self.name = name
    self.digest = digest
    self.style = style
    self.titles = titles
  }

  // MARK: Files

  /// Opens a checkpoint's files without its weights, as far as that is needed to judge them.
  ///
  /// - Parameter files: A GGUF file, or every file of a Hugging Face folder.
  /// - Returns: The checkpoint.
  /// - Throws: `CheckpointError` or `FileError`.
  public static func checkpoint(_ files: [String]) throws -> Checkpoint {
    guard let first = files.first else {
      throw CheckpointError(
        "checkpoint", "found no file",
        advice: "name a GGUF file or the files of a Hugging Face folder")
    }
    return try Checkpoint(at: files.count > 1 ? folder(of: first) : first)
  }

  /// The checkpoint that is meant, without its weights.
  ///
  /// - Parameter files: Where it lies.
  /// - Returns: The checkpoint.
  /// - Throws: `CheckpointError` where the files are not those that the reference means, or cannot be used;
  ///   `FileError`.
  func checkpoint(_ files: [String]) throws -> Checkpoint {
    let checkpoint = try Self.checkpoint(files)
    let found = try Self.digest(of: files)
    guard found == digest else {
      throw CheckpointError(
        checkpoint.path,
        "found other weights (SHA-256 \(found.prefix(12))…), expected \(name)'s (\(digest.prefix(12))…)",
        advice: "give the checkpoint that open-llm was given, or run open-llm on this one")
    }
    return checkpoint
  }

  private static func digest(of files: [String]) throws -> String {
    if files.count == 1, let file = files.first { return try Digest.sha256(fileAt: file) }
    let lines = try files.map { "\(name(of: $0)) \(try Digest.sha256(fileAt: $0))\n" }
    return Digest.sha256(lines.sorted().joined())
  }

  private static func name(of path: String) -> Substring {
    path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  // MARK: Artifact

  private static let digestKey = "checkpoint"
  private static let nameKey = "name"
  private static let styleKey = "style"
  private static let systemKey = "system"
  private static let completion = "completion"
  private static let chat = "chat"

  /// Reads an artifact of schema `language-model` and kind `checkpoint`.
  ///
  /// - Parameter artifact: What `artifact()` made.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    func text(_ key: String, expected: String) throws -> String {
      guard let text = artifact.metadata[key], !text.isEmpty else {
        throw artifact.problem(metadata: key, expected: expected)
      }
      return text
    }
    name = try text(Self.nameKey, expected: "the model's name")
    digest = try text(Self.digestKey, expected: "the checkpoint's SHA-256")
    switch try text(Self.styleKey, expected: "\(Self.completion) or \(Self.chat)") {
    case Self.completion: style = .completion
    case Self.chat: style = .chat(system: artifact.metadata[Self.systemKey])
    default:
      throw artifact.problem(
        metadata: Self.styleKey, expected: "\(Self.completion) or \(Self.chat)")
    }
    try LanguageModelKind.checkTitles(artifact)
    titles = try artifact.text("titles")
  }

  /// The artifact that `init(artifact:)` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  public func artifact() -> Artifact {
    var artifact = LanguageModelKind.checkpoint.artifact(titles: titles)
    artifact.metadata[Self.nameKey] = name
    artifact.metadata[Self.digestKey] = digest
    switch style {
    case .completion: artifact.metadata[Self.styleKey] = Self.completion
    case .chat(let system):
      artifact.metadata[Self.styleKey] = Self.chat
      artifact.metadata[Self.systemKey] = system
    }
    return artifact
  }
}
