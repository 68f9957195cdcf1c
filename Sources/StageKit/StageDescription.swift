/// What a stage says of itself with `--describe` and `--help`.
public struct StageDescription: Sendable {
  /// A file that the stage reads.
  public struct Input: Sendable {
    public let name: String
    /// The artifact schema, or nil for a file of another kind.
    public let schema: String?
    public let summary: String
    /// Whether it may be left out.
    public let optional: Bool
    /// Whether it may be given several times.
    public let many: Bool

    public init(
      _ name: String, schema: String? = nil, _ summary: String, optional: Bool = false,
      many: Bool = false
    ) {
      self.name = name
      self.schema = schema
      self.summary = summary
      self.optional = optional
      self.many = many
    }
  }

  /// A file that the stage writes, always.
  public struct Output: Sendable {
    public let name: String
    /// The artifact schema, or nil for a file of another kind.
    public let schema: String?
    /// The file's name in the folder of readable links.
    public let file: String
    public let summary: String

    /// An artifact, `NAME.safetensors.zst`.
    public init(_ name: String, schema: String, _ summary: String) {
      self.name = name
      self.schema = schema
      self.file = "\(name).safetensors.zst"
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
  public let name: String
  /// One sentence.
  public let summary: String
  public let inputs: [Input]
  public let outputs: [Output]
  public let parameters: [ParameterSpec]

  /// Describes a stage; traps when a name is used twice.
  public init(
    name: String, summary: String, inputs: [Input], outputs: [Output],
    parameters: [ParameterSpec] = []
  ) {
    for names in [inputs.map(\.name), outputs.map(\.name), parameters.map(\.name)] {
      precondition(Set(names).count == names.count, "stage \(name): a name repeats in \(names)")
    }
    self.name = name
    self.summary = summary
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
  }
}

extension StageDescription {
  /// What `--describe` prints.
  var json: JSON {
    .object([
      .init("stage", .string(name)),
      .init("summary", .string(summary)),
      .init("inputs", .array(inputs.map(\.json))),
      .init("outputs", .array(outputs.map(\.json))),
      .init("parameters", .array(parameters.map(\.json))),
    ])
  }

  /// The part of `--help` that is this stage's own.
  var manual: String {
    var lines: [String] = []
    func section(_ title: String, _ rows: [(name: String, text: String)]) {
      guard !rows.isEmpty else { return }
      let width = rows.map(\.name.count).max() ?? 0
      lines += ["", title]
      for row in rows {
        let margin = String(repeating: " ", count: width + 4)
        let text = wrapped(row.text, columns: 79 - margin.count)
        lines.append("  " + row.name + margin.dropFirst(row.name.count + 2) + text[0])
        lines += text.dropFirst().map { margin + $0 }
      }
    }
    section("INPUTS (--input name=path)", inputs.map { ($0.name, $0.help) })
    section("OUTPUTS (--output name=path)", outputs.map { ($0.name, $0.help) })
    section("PARAMETERS (--parameters with one JSON object)", parameters.map { ($0.name, $0.help) })
    section(
      "EXIT CODES",
      [
        ("0", "done"), ("1", "failed"), ("2", "bad usage"), ("65", "bad input data"),
        ("130, 143", "interrupted; the same command goes on from --scratch"),
      ])
    return lines.dropFirst().joined(separator: "\n")
  }
}

extension StageDescription.Input {
  fileprivate var json: JSON {
    .object(
      [.init("name", .string(name))] + (schema.map { [.init("schema", .string($0))] } ?? [])
        + [
          .init("optional", .boolean(optional)), .init("many", .boolean(many)),
          .init("summary", .string(summary)),
        ])
  }

  fileprivate var help: String {
    let kind = schema.map { "artifact of schema \($0)" } ?? "file"
    return "\(summary) (\(kind)\(optional ? ", optional" : "")\(many ? ", may repeat" : ""))"
  }
}

extension StageDescription.Output {
  fileprivate var json: JSON {
    .object(
      [.init("name", .string(name))] + (schema.map { [.init("schema", .string($0))] } ?? [])
        + [.init("file", .string(file)), .init("summary", .string(summary))])
  }

  fileprivate var help: String {
    "\(summary) (\(schema.map { "artifact of schema \($0)" } ?? file))"
  }
}

/// The words of a text in lines of at most so many columns, as far as words are short enough.
private func wrapped(_ text: String, columns: Int) -> [String] {
  var lines = [""]
  for word in text.split(separator: " ") {
    let last = lines[lines.count - 1]
    if last.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if last.count + 1 + word.count <= columns {
      lines[lines.count - 1] = "\(last) \(word)"
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
