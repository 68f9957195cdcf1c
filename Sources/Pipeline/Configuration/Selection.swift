import Foundation
import Foundations

/// One profile with the axes and parameters that the command line chose.
public struct Selection: Sendable {
  public var profile: Profile
  /// The language model, nil where the configuration names none.
  public private(set) var languageModel: LanguageModelSpecification?
  /// The axes with the values to run, in the order of the file.
  public var axes: [Axis]
  /// Parameter settings, weakest first: stage, profile, language model, profile for this language model, `--set`;
  /// of each those at an axis value last.
  public var settings: [ParameterSetting]

  /// Applies a profile and `--set KEY=VALUE` options to a configuration.
  ///
  /// - Parameters:
  ///   - configuration: The parsed file.
  ///   - profileName: The profile, or nil for the first one.
  ///   - modelName: The language model, or nil for the first one.
  ///   - assignments: The options, such as `seeds=1,2` or `train-backbone@mf.learningRate=0.01`.
  /// - Throws: `ConfigurationError` naming the unknown profile, language model, axis, stage or value.
  public init(
    _ configuration: Configuration, profile profileName: String?,
    languageModel modelName: String? = nil, assignments: [String]
  ) throws(ConfigurationError) {
    guard let profile = profileName.map(configuration.profile) ?? configuration.profiles.first
    else {
      throw .unknown(
        "profile", profileName ?? "", at: "--profile",
        valid: configuration.profiles.map(\.name))
    }
    languageModel =
      modelName.map(configuration.languageModel) ?? configuration.languageModels.first
    if let modelName, languageModel == nil {
      throw .unknown(
        "language model", modelName, at: "--llm", valid: configuration.languageModels.map(\.name))
    }
    let adjustment = languageModel.flatMap { profile.languageModels[$0.name] }
    var chosen = profile.axes.merging(adjustment?.axes ?? [:]) { $1 }
    var options: [ParameterSetting] = []
    for assignment in assignments {
      let place = "--set \(assignment)"
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw ConfigurationError(place, found: "no value", expected: "KEY=VALUE")
      }
      let key = String(parts[0])
      let value = String(parts[1])
      if configuration.axis(key) != nil {
        let values = value.split(separator: ",").map(String.init)
        chosen[key] = try configuration.narrow(key, to: values, at: place, key: "")
      } else if let file = LanguageModelSpecification.fileKeys.first(where: {
        key == "\(LanguageModelSpecification.owner).\($0)"
      }) {
        guard languageModel?.files[file] != nil else {
          throw ConfigurationError(
            place, found: "\(languageModel?.name ?? "a language model"), which has no \(file)",
            expected: "one that has, chosen with --llm NAME",
            suggestion: configuration.languageModels.first { $0.files[file] != nil }?.name)
        }
        languageModel?.replace(file, with: value)
      } else {
        options.append(try Self.setting(key, value, configuration, languageModel, place))
      }
    }
    self.profile = profile
    axes = configuration.axes.map { Axis(name: $0.name, values: chosen[$0.name] ?? $0.values) }
    settings =
      configuration.stages.flatMap(\.parameters) + Self.weakestFirst(profile.parameters)
      + Self.weakestFirst(languageModel?.parameters ?? [])
      + Self.weakestFirst(adjustment?.parameters ?? []) + Self.weakestFirst(options)
  }

  private static func weakestFirst(_ settings: [ParameterSetting]) -> [ParameterSetting] {
    settings.filter { $0.axisValue == nil } + settings.filter { $0.axisValue != nil }
  }

  private static func setting(
    _ key: String, _ value: String, _ configuration: Configuration,
    _ model: LanguageModelSpecification?, _ place: String
  ) throws(ConfigurationError) -> ParameterSetting {
    var target = configuration.aliases[key] ?? key
    if let model, target.hasPrefix("\(LanguageModelSpecification.owner).") {
      // llm.KEY is a parameter of whatever stage makes or opens the model.
      target = model.stage + target.dropFirst(LanguageModelSpecification.owner.count)
    }
    let parts = target.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      let stages = configuration.stages.map { "\($0.name).PARAMETER" }
      let short = configuration.axes.map(\.name) + configuration.aliases.keys.sorted()
      throw ConfigurationError(
        place, found: "unknown key \"\(key)\"",
        expected: (short + stages).joined(separator: ", "),
        suggestion: Suggestion.nearest(to: key, among: short))
    }
    let owner = parts[0].split(separator: "@", maxSplits: 1).map(String.init)
    let axisValue = owner.count > 1 ? owner[1] : nil
    try configuration.checkTarget(owner[0], axisValue: axisValue, at: place, key: key)
    return ParameterSetting(
      stage: owner[0], axisValue: axisValue, name: parts[1], value: .scalar(value), place: place)
  }

  /// The value of each `${…}` for a stage at the given axis values.
  func variables(
    _ stage: StageSpecification, _ values: [String], _ configuration: Configuration
  ) -> [String: String] {
    var variables = ["profile": profile.name]
    variables[LanguageModelSpecification.owner] = languageModel?.name
    for (axis, value) in zip(stage.each, values) {
      guard let axis = configuration.axis(axis) else { continue }
      variables[axis.variable] = value
    }
    return variables
  }
}
