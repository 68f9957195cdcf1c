public import Foundations

/// What a stage says of itself with `--describe`; the runner reads the same type.
public struct StageDescription: Codable, Sendable, Equatable {
  /// A file that the stage reads.
  public struct Input: Codable, Sendable, Equatable {
    public let name: String
    /// The artifact schema, or nil for a file of another kind.
    public let schema: String?
    public let summary: String
    /// Whether it may be left out.
    public let optional: Bool
    /// Whether it may be given several times.
    public let many: Bool
    /// Whether only its settings are read, so that it may belong to another part of the data.
    public let isSettings: Bool

    public init(
      _ name: String, schema: String? = nil, _ summary: String, optional: Bool = false,
      many: Bool = false, isSettings: Bool = false
    ) {
      self.name = name
      self.schema = schema
      self.summary = summary
      self.optional = optional
      self.many = many
      self.isSettings = isSettings
    }
  }

  /// A file that the stage writes, always.
  public struct Output: Codable, Sendable, Equatable {
    public let name: String
    /// The artifact schema, or nil for a file of another kind.
    public let schema: String?
    /// The file's name in the folder of readable links.
    public let file: String
    public let summary: String

    /// An artifact, by custom `NAME.safetensors.zst`.
    public init(_ name: String, schema: String, file: String? = nil, _ summary: String) {
      self.name = name
      self.schema = schema
      self.file = file ?? "\(name).safetensors.zst"
      self.summary = summary
    }

    /// A file of another kind.
    public init(_ name: String, file: String, _ summary: String) {
      self.name = name
      self.schema = nil
      self.file = file
      self.summary = summary
    }
  }

  /// The executable's name without `stage-`.
  public let stage: String
  /// One sentence.
  public let summary: String
  public let inputs: [Input]
  public let outputs: [Output]
  public let parameters: [ParameterSpec]
  /// Which parameters the choices of one parameter read; nil where all read all.
  public let variants: ParameterVariants?
  /// Conditions across parameters.
  public let rules: [ParameterRule]

  /// Describes a stage; traps when a name is used twice or a rule names no parameter.
  public init(
    name: String, summary: String, inputs: [Input], outputs: [Output],
    parameters: [ParameterSpec] = [], variants: ParameterVariants? = nil,
    rules: [ParameterRule] = []
  ) {
    for names in [inputs.map(\.name), outputs.map(\.name), parameters.map(\.name)] {
      precondition(Set(names).count == names.count, "stage \(name): a name repeats in \(names)")
    }
    let declared = Set(parameters.map(\.name))
    if let variants {
      precondition(
        declared.isSuperset(of: variants.names.union([variants.parameter])),
        "stage \(name): a variant reads what is no parameter")
    }
    stage = name
    self.summary = summary
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
    self.variants = variants
    self.rules = rules
  }

  public func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
  public func output(_ name: String) -> Output? { outputs.first { $0.name == name } }
  public func parameter(_ name: String) -> ParameterSpec? { parameters.first { $0.name == name } }
}

extension StageDescription {
  /// All parameters' values: the defaults, and what was given in their place.
  ///
  /// - Parameter given: Values by name.
  /// - Returns: A value for every parameter; null where a nullable one is not set.
  /// - Throws: `ParameterError` at the first value that has another type, breaks a limit or a rule, or
  ///   that the chosen variant does not read.
  public func values(
    _ given: [String: JSONValue]
  ) throws(ParameterError) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for spec in parameters { values[spec.name] = spec.defaultValue }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let spec = parameter(name) else {
        throw .unknown(name, valid: parameters.map(\.name))
      }
      values[name] = try spec.value(of: value)
    }
    var effective = values
    if let variants, let variant = values[variants.parameter]?.asString {
      let reads = variants.values[variant] ?? [:]
      for name in variants.names.sorted() where values[name] != .null && reads[name] == nil {
        throw .notRead(name: name, by: variant, reads: reads.keys.sorted())
      }
      for (name, value) in reads where values[name] == .null { effective[name] = value }
    }
    for rule in rules { try rule.check { effective[$0] } }
    return values
  }
}
