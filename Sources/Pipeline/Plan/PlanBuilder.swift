import Foundation
import Foundations
package import StageProtocol

/// Repeats stages over their axes, wires inputs to outputs and checks all of it against what the
/// executables say of themselves.
package struct PlanBuilder {
  let configuration: Configuration
  let selection: Selection
  /// By the executable's file name.
  let descriptions: [String: StageDescription]
  let scope: PlanScope
  /// The paths of a data file that are there; none where an optional one is absent.
  let locate: (ProfileFile) throws(ConfigurationError) -> [String]

  private var instances: [Instance] = []
  private var byStage: [String: [Int]] = [:]

  package init(
    configuration: Configuration, selection: Selection,
    descriptions: [String: StageDescription], scope: PlanScope = .evaluation,
    locate: @escaping (ProfileFile) throws(ConfigurationError) -> [String]
  ) {
    self.configuration = configuration
    self.selection = selection
    self.descriptions = descriptions
    self.scope = scope
    self.locate = locate
  }

  package mutating func build() throws(ConfigurationError) -> Plan {
    let order = try configuration.stageOrder()
    // The evaluation comes first, so that a plan of both parts begins with the plan of it alone.
    for stage in ProfilePart.allCases.flatMap({ part in order.filter { $0.part == part } }) {
      guard let description = descriptions[stage.executable] else {
        preconditionFailure("no description of \(stage.executable)")
      }
      try checkDeclaration(stage, description)
      guard scope.includes(stage, of: configuration),
        configuration.includes(stage, with: selection.languageModel)
      else { continue }
      for values in combinations(stage) {
        instances.append(try instance(stage, values, description))
        byStage[stage.name, default: []].append(instances.count - 1)
      }
    }
    return Plan(instances: instances)
  }

  private func combinations(_ stage: StageSpecification) -> [[String]] {
    stage.each.reduce([[]]) { combinations, axis in
      let values = scope.values(of: axis, for: stage.part, in: selection)
      return combinations.flatMap { combination in values.map { combination + [$0] } }
    }
  }

  private func checkDeclaration(
    _ stage: StageSpecification, _ description: StageDescription
  ) throws(ConfigurationError) {
    let key = "stages.\(stage.name)"
    for input in stage.inputs where description.input(input.name) == nil {
      throw .unknown(
        "input", input.name, at: input.place, key: key, valid: description.inputs.map(\.name))
    }
    for input in description.inputs where !input.optional {
      guard stage.inputs.contains(where: { $0.name == input.name }) else {
        throw ConfigurationError(
          stage.place, key: "\(key).inputs", found: "no input \"\(input.name)\"",
          expected: "every input that \(stage.executable) needs")
      }
    }
    for output in stage.outputs where description.output(output) == nil {
      throw .unknown(
        "output", output, at: stage.place, key: key, valid: description.outputs.map(\.name))
    }
    for output in description.outputs where !stage.outputs.contains(output.name) {
      throw ConfigurationError(
        stage.place, key: "\(key).outputs", found: "no output \"\(output.name)\"",
        expected: "every output that \(stage.executable) writes")
    }
    // Settings for axis values outside this run are checked too, so that a typo never waits.
    for setting in selection.settings where setting.stage == stage.name {
      guard description.parameter(setting.name) != nil else {
        throw .unknown(
          "parameter", setting.name, at: setting.place, key: stage.name,
          valid: description.parameters.map(\.name).sorted())
      }
    }
  }

  private func instance(
    _ stage: StageSpecification, _ values: [String], _ description: StageDescription
  ) throws(ConfigurationError) -> Instance {
    let resolver = ParameterResolver(
      description: description,
      variables: selection.variables(stage, values, configuration))
    let settings = selection.settings.filter { setting in
      let isOwn = setting.stage == stage.name
      let isShared = setting.stage == stage.like && description.parameter(setting.name) != nil
      return (isOwn || isShared) && (setting.axisValue.map(values.contains) ?? true)
    }
    let parameters = try resolver.resolve(settings)
    var inputs: [Instance.Input] = []
    for input in stage.inputs {
      var sources: [Instance.Source] = []
      for source in input.sources where source.only.isEmpty || overlap(source.only, values) {
        sources += try resolve(source, stage, values, input, description)
      }
      let declared = description.input(input.name)
      let name = Instance(
        stage: stage.name, axisValues: values, executable: "", parameters: .null, inputs: [],
        outputs: []
      ).name
      if sources.isEmpty, !(declared?.optional ?? false) {
        throw ConfigurationError(
          input.place, key: "stages.\(stage.name).inputs.\(input.name)",
          found: "nothing for \(name) in profile \(selection.profile.name)",
          expected: "an input, because \(stage.executable) needs it")
      }
      if sources.count > 1, !(declared?.many ?? false) {
        throw ConfigurationError(
          input.place, key: "stages.\(stage.name).inputs.\(input.name)",
          found: "\(sources.count) artifacts for \(name)",
          expected: "one, because \(stage.executable) takes only one")
      }
      if !sources.isEmpty { inputs.append(Instance.Input(name: input.name, sources: sources)) }
    }
    return Instance(
      stage: stage.name, axisValues: values, executable: stage.executable,
      parameters: parameters, inputs: inputs,
      outputs: stage.outputs.compactMap(description.output), budget: stage.budget)
  }

  private func overlap(_ only: [String], _ values: [String]) -> Bool {
    only.contains { values.contains($0) }
  }

  private func resolve(
    _ source: InputSourceSpecification, _ stage: StageSpecification, _ values: [String],
    _ input: InputSpecification, _ description: StageDescription
  ) throws(ConfigurationError) -> [Instance.Source] {
    if source.owner == InputSourceSpecification.fileOwner {
      guard let file = selection.profile.files.first(where: { $0.name == source.name }) else {
        return []
      }
      return try locate(file).map { .file($0) }
    }
    if source.owner == InputSourceSpecification.projectOwner {
      return [.file(try projectFile(source, stage, input))]
    }
    if source.owner == LanguageModelSpecification.owner {
      return try files(source).map { .file($0) }
    }
    guard let upstream = configuration.stage(source.owner) else { return [] }
    try checkSchemas(source, upstream, stage, input, description)
    // Shared axes must agree; an axis that only the upstream stage has yields all its instances.
    let own = Dictionary(uniqueKeysWithValues: zip(stage.each, values))
    return (byStage[upstream.name] ?? []).filter { index in
      zip(upstream.each, instances[index].axisValues).allSatisfy { axis, value in
        own[axis].map { $0 == value } ?? true
      }
    }.map { .output(instance: $0, name: source.name) }
  }

  /// The path of a file of the project; it lies beside the configuration.
  private func projectFile(
    _ source: InputSourceSpecification, _ stage: StageSpecification, _ input: InputSpecification
  ) throws(ConfigurationError) -> String {
    let path = configuration.folder + source.name
    guard Files.exists(path) else {
      throw ConfigurationError(
        source.place, key: "stages.\(stage.name).inputs.\(input.name)", found: "no file \(path)",
        expected: "one beside \(configuration.file)")
    }
    return path
  }

  /// The files of the language model that a source names: one, or all that lie in a folder; none where the model
  /// has no such file.
  private func files(_ source: InputSourceSpecification) throws(ConfigurationError) -> [String] {
    guard let model = selection.languageModel, let path = model.files[source.name] else {
      return []
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ConfigurationError(
        model.place, key: "languageModels.\(model.name).\(source.name)",
        found: "nothing at \(path)",
        expected: "a file or a folder"
          + (model.fetch.map { "; \($0) fetches it, and so does run" } ?? ""))
    }
    guard isFolder.boolValue else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }.filter { file in
      FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  private func checkSchemas(
    _ source: InputSourceSpecification, _ upstream: StageSpecification,
    _ stage: StageSpecification, _ input: InputSpecification, _ description: StageDescription
  ) throws(ConfigurationError) {
    guard let written = descriptions[upstream.executable]?.output(source.name)?.schema,
      let read = description.input(input.name)?.schema, written != read
    else { return }
    throw ConfigurationError(
      source.place, key: "stages.\(stage.name).inputs.\(input.name)",
      found: "\(source.owner).\(source.name), which holds \"\(written)\"",
      expected: "\"\(read)\"")
  }
}
