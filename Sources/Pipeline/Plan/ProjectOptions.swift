/// What a command was asked to work on.
public struct ProjectOptions: Sendable {
  /// The configuration file.
  public var pipeline = "pipeline.yaml"
  /// Nil stands for the first profile of the file.
  public var profile: String?
  /// Nil stands for the first language model of the file.
  public var languageModel: String?
  /// The folder that the profile's data files are in.
  public var data: String?
  /// The folder of the store.
  public var artifacts = "artifacts"
  /// `KEY=VALUE` options.
  public var assignments: [String] = []
  /// Only this stage and what it needs.
  public var until: String?
  /// The folder of the stage executables; nil stands for the folder of the runner's own.
  public var executables: String?

  /// The defaults.
  public init() {}
}
