import Foundation
import Yams

extension Configuration {
  /// Reads a configuration file.
  ///
  /// - Parameter path: The file, as errors shall name it.
  /// - Returns: The checked configuration.
  /// - Throws: `ConfigurationError` naming line and column of the first mistake.
  public static func load(_ path: String) throws(ConfigurationError) -> Configuration {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(
        path, found: "no such file",
        expected: "the pipeline's description; run in its folder or pass --pipeline FILE")
    }
    return try parse(String(decoding: data, as: UTF8.self), file: path)
  }

  /// Reads a configuration from its text; `file` is what errors call it.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - file: The name in errors.
  /// - Returns: The checked configuration.
  /// - Throws: `ConfigurationError` naming line and column of the first mistake.
  public static func parse(
    _ text: String, file: String
  ) throws(ConfigurationError) -> Configuration {
    let root = try YAMLSection.parse(text, file: file)
    try root.allow([
      "version", "salt", "aliases", "axes", "groups", "stages", "languageModels", "profiles",
      "publish",
    ])
    guard try root.text("version") == "1" else {
      throw ConfigurationError(
        root["version"].map(root.place) ?? file, key: "version",
        found: try root.text("version").map { "\"\($0)\"" } ?? "nothing", expected: "1")
    }
    var configuration = Configuration(
      file: file, salt: try root.text("salt") ?? "", axes: [], groups: [:],
      stages: [], profiles: [], aliases: [:],
      tolerance: try tolerance(root) ?? standardTolerance)
    if let section = try root.section("axes") {
      for (name, node) in section.entries {
        try checkName(name, at: section.place(node), key: "axes")
        let values = spelled(try section.texts(node, key: section.path(name)))
        try checkAxisValues(values, at: section.place(node), key: section.path(name))
        configuration.axes.append(Axis(name: name, values: values))
      }
    }
    if let section = try root.section("groups") {
      for (name, node) in section.entries {
        configuration.groups[name] = try group(name, node, section, axes: configuration.axes)
      }
    }
    for (section, name) in try root.children("stages") {
      configuration.stages.append(try stage(name, section, configuration))
    }
    if root["languageModels"] != nil {
      for (section, name) in try root.children("languageModels") {
        configuration.languageModels.append(try languageModel(name, section, configuration))
      }
    }
    for (section, name) in try root.children("profiles") {
      configuration.profiles.append(try profile(name, section, configuration))
    }
    if let section = try root.section("aliases") {
      for (name, node) in section.entries {
        configuration.aliases[name] = try section.text(node, key: section.path(name))
      }
    }
    try configuration.checkReferences()
    return configuration
  }

  private static func group(
    _ name: String, _ node: Node, _ section: YAMLSection, axes: [Axis]
  ) throws(ConfigurationError) -> [String] {
    let (place, key) = (section.place(node), section.path(name))
    try checkName(name, at: place, key: "groups")
    let values = axes.flatMap(\.values)
    guard !values.contains(name) else {
      throw ConfigurationError(
        place, key: key, found: "the name of an axis value", expected: "another name")
    }
    let members = try section.texts(node, key: key)
    try checkAxisValues(members, at: place, key: key)
    for member in members where !values.contains(member) {
      throw .unknown("axis value", member, at: place, key: key, valid: values)
    }
    return members
  }

  private static func stage(
    _ name: String, _ section: YAMLSection, _ configuration: Configuration
  ) throws(ConfigurationError) -> StageSpecification {
    let axes = configuration.axes
    try section.allow(
      ["executable", "like", "part", "each", "parameters", "inputs", "outputs"]
        + StageBudget.keys)
    guard !reservedStageNames.contains(name) else {
      throw reserved(name, section)
    }
    let each = try section.texts("each")
    for axis in each where !axes.contains(where: { $0.name == axis }) {
      throw .unknown(
        "axis", axis, at: section["each"].map(section.place) ?? section.place,
        key: section.path("each"), valid: axes.map(\.name))
    }
    var inputs: [InputSpecification] = []
    if let list = try section.section("inputs") {
      for (input, node) in list.entries {
        inputs.append(
          InputSpecification(
            name: input, sources: try sources(node, list, key: list.path(input), configuration),
            place: list.place(node)))
      }
    }
    let outputs = try section.texts("outputs")
    guard !outputs.isEmpty else {
      throw ConfigurationError(
        section.place, key: section.path("outputs"), found: "nothing",
        expected: "the names of the stage's outputs")
    }
    var parameters: [ParameterSetting] = []
    if let list = try section.section("parameters") {
      parameters = try settings(list, stage: name, axisValue: nil)
    }
    return StageSpecification(
      name: name, executable: try section.text("executable") ?? "stage-\(name)",
      like: try section.text("like"), part: try part(section), each: each,
      parameters: parameters, inputs: inputs, outputs: outputs,
      budget: try StageBudget(section), place: section.place)
  }

  private static func part(_ section: YAMLSection) throws(ConfigurationError) -> ProfilePart {
    guard let name = try section.text("part") else { return .evaluation }
    guard let part = ProfilePart(rawValue: name) else {
      throw .unknown(
        "part", name, at: section["part"].map(section.place) ?? section.place,
        key: section.path("part"), valid: ProfilePart.allCases.map(\.rawValue))
    }
    return part
  }

  /// `publish: {tolerance: SHARE}`.
  private static func tolerance(_ section: YAMLSection) throws(ConfigurationError) -> Double? {
    guard let publish = try section.section("publish") else { return nil }
    try publish.allow(["tolerance"])
    guard let node = publish["tolerance"] else { return nil }
    let text = try publish.text(node, key: publish.path("tolerance"))
    guard let share = Double(text), (0...1).contains(share) else {
      throw ConfigurationError(
        publish.place(node), key: publish.path("tolerance"), found: "\"\(text)\"",
        expected: "a share from 0 to 1, such as 0.05")
    }
    return share
  }

  private static func reserved(_ name: String, _ section: YAMLSection) -> ConfigurationError {
    ConfigurationError(
      section.place, key: section.path, found: "the name \"\(name)\", which the store uses",
      expected: "another name")
  }

  private static func sources(
    _ node: Node, _ section: YAMLSection, key: String, _ configuration: Configuration
  ) throws(ConfigurationError) -> [InputSourceSpecification] {
    switch node {
    case .sequence(let sequence):
      var all: [InputSourceSpecification] = []
      for element in sequence { all += try sources(element, section, key: key, configuration) }
      return all
    case .mapping:
      let source = try YAMLSection(node, file: section.file, path: key)
      try source.allow(["from", "only"])
      guard let from = source["from"] else {
        throw ConfigurationError(
          source.place, key: source.path("from"), found: "nothing", expected: "STAGE.OUTPUT")
      }
      let only = configuration.expanding(try source.texts("only"))
      let values = configuration.axes.flatMap(\.values)
      for value in only where !values.contains(value) {
        throw .unknown(
          "axis value", value, at: source["only"].map(source.place) ?? source.place,
          key: source.path("only"), valid: configuration.groups.keys.sorted() + values)
      }
      return try sources(from, section, key: key, configuration).map {
        var limited = $0
        limited.only = only
        return limited
      }
    case .scalar, .alias:
      let text = try section.text(node, key: key)
      let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ConfigurationError(
          section.place(node), key: key, found: YAMLSection.kind(node),
          expected: "STAGE.OUTPUT, file.NAME, project.PATH or llm.KEY")
      }
      return [
        InputSourceSpecification(
          owner: parts[0], name: parts[1], only: [], place: section.place(node))
      ]
    }
  }

  private static func profile(
    _ name: String, _ section: YAMLSection, _ configuration: Configuration
  ) throws(ConfigurationError) -> Profile {
    try section.allow([
      "summary", "axes", "files", "parameters", "languageModels", "publish",
    ])
    guard !reservedNames.contains(name) else { throw reserved(name, section) }
    var profile = Profile(
      name: name, summary: try section.text("summary") ?? "",
      axes: try axes(section, configuration), files: [],
      parameters: try parameters(section, configuration), tolerance: try tolerance(section),
      place: section.place)
    if let files = try section.section("files") {
      for (file, node) in files.entries { profile.files.append(try self.file(file, node, files)) }
    }
    if let models = try section.section("languageModels") {
      try models.allow(configuration.languageModels.map(\.name))
      for (model, node) in models.entries {
        let own = try YAMLSection(node, file: section.file, path: models.path(model))
        try own.allow(["axes", "parameters"])
        profile.languageModels[model] = LanguageModelAdjustment(
          axes: try axes(own, configuration), parameters: try parameters(own, configuration))
      }
    }
    return profile
  }

  /// `axes: {AXIS: [VALUE]}`, narrowed to the choice of the configuration.
  private static func axes(
    _ section: YAMLSection, _ configuration: Configuration
  ) throws(ConfigurationError) -> [String: [String]] {
    guard let axes = try section.section("axes") else { return [:] }
    try axes.allow(configuration.axes.map(\.name))
    var chosen: [String: [String]] = [:]
    for (axis, node) in axes.entries {
      let values = try axes.texts(node, key: axes.path(axis))
      chosen[axis] = try configuration.narrow(
        axis, to: values, at: axes.place(node), key: axes.path(axis))
    }
    return chosen
  }

  /// `parameters: {STAGE: {NAME: VALUE}, STAGE@VALUE: {NAME: VALUE}}`.
  static func parameters(
    _ section: YAMLSection, _ configuration: Configuration
  ) throws(ConfigurationError) -> [ParameterSetting] {
    guard let parameters = try section.section("parameters") else { return [] }
    var all: [ParameterSetting] = []
    for (target, node) in parameters.entries {
      let parts = target.split(separator: "@", maxSplits: 1).map(String.init)
      let list = try YAMLSection(node, file: section.file, path: parameters.path(target))
      let value = parts.count > 1 ? parts[1] : nil
      try configuration.checkTarget(
        parts.first ?? "", axisValue: value, at: list.place, key: parameters.path)
      all += try settings(list, stage: parts[0], axisValue: value)
    }
    return all
  }

  private static func file(
    _ name: String, _ node: Node, _ section: YAMLSection
  ) throws(ConfigurationError) -> ProfileFile {
    guard case .mapping = node else {
      return ProfileFile(
        name: name, paths: try paths(node, section, key: section.path(name)), isOptional: false)
    }
    let file = try YAMLSection(node, file: section.file, path: section.path(name))
    try file.allow(["path", "optional"])
    guard let path = file["path"] else {
      throw ConfigurationError(
        file.place, key: file.path("path"), found: "nothing", expected: "a path")
    }
    return ProfileFile(
      name: name, paths: try paths(path, file, key: file.path("path")),
      isOptional: try file.text("optional") == "true")
  }

  /// One path, or a list of them that is not empty.
  private static func paths(
    _ node: Node, _ section: YAMLSection, key: String
  ) throws(ConfigurationError) -> [String] {
    guard case .sequence = node else { return [try section.text(node, key: key)] }
    let paths = try section.texts(node, key: key)
    guard !paths.isEmpty else {
      throw ConfigurationError(
        section.place(node), key: key, found: "an empty list", expected: "a path or several")
    }
    return paths
  }

  private static func settings(
    _ section: YAMLSection, stage: String, axisValue: String?
  ) throws(ConfigurationError) -> [ParameterSetting] {
    var settings: [ParameterSetting] = []
    for (name, node) in section.entries {
      let value: ParameterSetting.Value
      if case .sequence = node {
        value = .list(try section.texts(node, key: section.path(name)))
      } else {
        value = .scalar(try section.text(node, key: section.path(name)))
      }
      settings.append(
        ParameterSetting(
          stage: stage, axisValue: axisValue, name: name, value: value,
          place: section.place(node)))
    }
    return settings
  }
}

extension YAMLSection {
  /// The named mappings under `name`, of which there must be at least one.
  fileprivate func children(
    _ name: String
  ) throws(ConfigurationError) -> [(section: YAMLSection, name: String)] {
    guard let list = try section(name), !list.entries.isEmpty else {
      throw ConfigurationError(file, key: path(name), found: "nothing", expected: "a mapping")
    }
    var children: [(section: YAMLSection, name: String)] = []
    for (child, node) in list.entries {
      try Configuration.checkName(child, at: list.place(node), key: list.path)
      children.append((try YAMLSection(node, file: file, path: list.path(child)), child))
    }
    return children
  }
}
