/// What may stand for the language model of a run.
public struct LanguageModelSpecification: Sendable, Equatable {
  public var name: String
  /// The stage that makes the model or opens it; those of the other models are no part of the run.
  public var stage: String
  /// What stages can read of it by `llm.KEY`, each a file or a folder: `path`, weights that are not made in the
  /// pipeline, and `prompts`, its wording.
  public var files: [String: String]
  /// A script that brings the weights to `path` where they are missing.
  public var fetch: String?
  public var parameters: [ParameterSetting]
  /// `FILE:LINE:COLUMN` of the model.
  public var place: String

  /// What inputs and options call the language model that was chosen: `llm.path`, `--set llm.path=FOLDER`.
  static let owner = "llm"
  private static let pathKey = "path"
  /// The keys of `files`.
  static let fileKeys = [pathKey, "prompts"]

  /// Where the weights lie; nil where they are made in the pipeline.
  public var path: String? { files[Self.pathKey] }

  /// Puts another file in a file's place; weights that are named on the command line are not fetched.
  mutating func replace(_ key: String, with path: String) {
    files[key] = path
    if key == Self.pathKey { fetch = nil }
  }
}

/// What a profile changes for one of the language models.
public struct LanguageModelAdjustment: Sendable {
  /// Axis values in the place of the profile's own.
  public var axes: [String: [String]]
  public var parameters: [ParameterSetting]
}

extension Configuration {
  /// The folder of the configuration with a slash behind it, or nothing for the present one.
  var folder: String {
    file.split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().map { "\($0)/" }.joined()
  }

  public func languageModel(_ name: String) -> LanguageModelSpecification? {
    languageModels.first { $0.name == name }
  }

  /// Whether a stage is part of a run with a language model: all are but those that make another one.
  func includes(_ stage: StageSpecification, with model: LanguageModelSpecification?) -> Bool {
    let makers = languageModels.map(\.stage)
    let made = [stage.name, stage.like ?? stage.name].first { makers.contains($0) }
    return made == nil || made == model?.stage
  }

  /// Reads one entry of `languageModels`.
  static func languageModel(
    _ name: String, _ section: YAMLSection, _ configuration: Configuration
  ) throws(ConfigurationError) -> LanguageModelSpecification {
    try section.allow(["stage", "fetch", "parameters"] + LanguageModelSpecification.fileKeys)
    guard let stage = try section.text("stage") else {
      throw ConfigurationError(
        section.place, key: section.path("stage"), found: "nothing",
        expected: "the stage that makes or opens the model")
    }
    try configuration.checkTarget(
      stage, axisValue: nil, at: section["stage"].map(section.place) ?? section.place,
      key: section.path("stage"))
    func local(_ key: String) throws(ConfigurationError) -> String? {
      guard let path = try section.text(key) else { return nil }
      return path.hasPrefix("/") ? path : configuration.folder + path
    }
    var files: [String: String] = [:]
    for key in LanguageModelSpecification.fileKeys { files[key] = try local(key) }
    return LanguageModelSpecification(
      name: name, stage: stage, files: files,
      fetch: try local("fetch"), parameters: try parameters(section, configuration),
      place: section.place)
  }
}
