extension Configuration {
  /// Rejects names that could not be a folder or an option.
  static func checkName(
    _ name: String, at place: String, key: String
  ) throws(ConfigurationError) {
    let allowed = name.unicodeScalars.allSatisfy {
      switch $0 {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
      default: false
      }
    }
    guard allowed, let first = name.unicodeScalars.first, first != "-" else {
      throw ConfigurationError(
        place, key: key, found: "the name \"\(name)\"", expected: "letters, digits, - and _")
    }
  }

  /// The values with the members of groups in the place of their names.
  func expanding(_ values: [String]) -> [String] { values.flatMap { groups[$0] ?? [$0] } }

  /// Values of an axis as they are compared and stored: whole numbers in their shortest spelling.
  static func spelled(_ values: [String]) -> [String] {
    values.map { Int($0).map { "\($0)" } ?? $0 }
  }

  /// Rejects an axis without values, and values that appear twice or could not be part of a folder's
  /// name.
  static func checkAxisValues(
    _ values: [String], at place: String, key: String
  ) throws(ConfigurationError) {
    guard !values.isEmpty else {
      throw ConfigurationError(place, key: key, found: "no value", expected: "at least one")
    }
    var seen: Set<String> = []
    for value in values {
      try checkName(value, at: place, key: key)
      guard seen.insert(value).inserted else {
        throw ConfigurationError(
          place, key: key, found: "\"\(value)\" twice", expected: "each value once")
      }
    }
  }

  /// The given values of an axis, if all of them are in its choice; `all` stands for every one.
  ///
  /// An axis of whole numbers takes any whole number.
  func narrow(
    _ name: String, to values: [String], at place: String, key: String
  ) throws(ConfigurationError) -> [String] {
    guard let axis = axis(name) else {
      throw .unknown("axis", name, at: place, key: key, valid: axes.map(\.name))
    }
    if values == ["all"] { return axis.values }
    let values = Self.spelled(expanding(values))
    try Self.checkAxisValues(values, at: place, key: key)
    for value in values where !axis.values.contains(value) {
      if axis.isNumeric, Int(value) != nil { continue }
      throw .unknown(
        "value", value, at: place, key: key, valid: axis.values + groups.keys.sorted())
    }
    return values
  }

  /// Rejects `STAGE` or `STAGE@VALUE` that no stage answers to.
  func checkTarget(
    _ stage: String, axisValue: String?, at place: String, key: String
  ) throws(ConfigurationError) {
    guard let found = self.stage(stage) else {
      throw .unknown("stage", stage, at: place, key: key, valid: stages.map(\.name))
    }
    guard let axisValue else { return }
    let axes = found.each.compactMap(axis)
    if axes.contains(where: { $0.isNumeric && Int(axisValue) != nil }) { return }
    let values = axes.flatMap(\.values)
    guard values.contains(axisValue) else {
      throw .unknown("value", axisValue, at: place, key: "\(key).\(stage)", valid: values)
    }
  }

  /// Rejects inputs that name no stage or no output of it, and stages that wait for themselves.
  func checkReferences() throws(ConfigurationError) {
    for stage in stages {
      if let like = stage.like, self.stage(like) == nil {
        throw .unknown(
          "stage", like, at: stage.place, key: "stages.\(stage.name).like",
          valid: stages.map(\.name))
      }
      for input in stage.inputs {
        for source in input.sources
        where source.owner == LanguageModelSpecification.owner
          && !LanguageModelSpecification.fileKeys.contains(source.name)
        {
          throw .unknown(
            "file", source.name, at: source.place, key: "stages.\(stage.name).inputs.\(input.name)",
            valid: LanguageModelSpecification.fileKeys)
        }
        for source in input.sources
        where !InputSourceSpecification.fileOwners.contains(source.owner) {
          let key = "stages.\(stage.name).inputs.\(input.name)"
          guard let upstream = self.stage(source.owner) else {
            throw .unknown(
              "stage", source.owner, at: source.place, key: key,
              valid: stages.map(\.name) + InputSourceSpecification.fileOwners)
          }
          guard upstream.outputs.contains(source.name) else {
            throw .unknown(
              "output", source.name, at: source.place, key: key, valid: upstream.outputs)
          }
          guard upstream.part == stage.part || upstream.part == .evaluation else {
            throw ConfigurationError(
              source.place, key: key,
              found: "\(source.owner), a stage of the \(upstream.part.rawValue) part",
              expected: "a stage of the \(stage.part.rawValue), which runs without the other part")
          }
        }
      }
    }
    for (name, target) in aliases.sorted(by: { $0.key < $1.key }) {
      let stageName = target.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
      try checkTarget(stageName, axisValue: nil, at: file, key: "aliases.\(name)")
    }
    _ = try stageOrder()
  }

  /// The stages so that each comes after those it reads from, otherwise in the order of the file.
  func stageOrder() throws(ConfigurationError) -> [StageSpecification] {
    var ordered: [StageSpecification] = []
    var remaining = stages
    while !remaining.isEmpty {
      let waiting = Set(remaining.map(\.name))
      let next = remaining.firstIndex { stage in
        stage.inputs.allSatisfy { $0.sources.allSatisfy { !waiting.contains($0.owner) } }
      }
      guard let next else {
        throw ConfigurationError(
          remaining[0].place, key: "stages",
          found: "a circle of inputs among \(remaining.map(\.name).joined(separator: ", "))",
          expected: "stages that read from earlier ones only")
      }
      ordered.append(remaining.remove(at: next))
    }
    return ordered
  }
}
