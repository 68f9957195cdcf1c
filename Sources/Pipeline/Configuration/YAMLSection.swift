import Yams

/// A mapping of `pipeline.yaml` that knows where it stands, so that errors can say so.
struct YAMLSection {
  let file: String
  let path: String
  private let mapping: Node.Mapping

  /// Reads the whole text; its top level must be a mapping.
  static func parse(_ text: String, file: String) throws(ConfigurationError) -> YAMLSection {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw syntaxError(error, file: file)
    } catch {
      throw ConfigurationError(file, found: "\(error)", expected: "YAML")
    }
    guard let root else { throw ConfigurationError(file, found: "nothing", expected: "a mapping") }
    return try YAMLSection(root, file: file, path: "")
  }

  private static func syntaxError(_ error: YamlError, file: String) -> ConfigurationError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      ConfigurationError("\(file):\(mark.line):\(mark.column)", found: problem, expected: "YAML")
    case .duplicatedKeysInMapping(let duplicates, let context):
      ConfigurationError(
        "\(file):\(context.mark.line):\(context.mark.column)",
        found: "the key \"\(duplicates.sorted().first ?? "")\" twice", expected: "each key once")
    default:
      ConfigurationError(file, found: "\(error)", expected: "YAML")
    }
  }

  init(_ node: Node, file: String, path: String) throws(ConfigurationError) {
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError(
        Self.place(node, file), key: path, found: Self.kind(node), expected: "a mapping")
    }
    self.mapping = mapping
    self.file = file
    self.path = path
  }

  var place: String { Self.place(.mapping(mapping), file) }

  /// The entries in the order of the file.
  var entries: [(name: String, node: Node)] {
    mapping.map { (name: $0.key.scalar?.string ?? "", node: $0.value) }
  }

  /// Rejects every key that is not among `valid`.
  func allow(_ valid: [String]) throws(ConfigurationError) {
    for (key, _) in mapping {
      let name = key.scalar?.string ?? ""
      guard valid.contains(name) else {
        throw .unknown("key", name, at: Self.place(key, file), key: path, valid: valid)
      }
    }
  }

  subscript(name: String) -> Node? { mapping[name] }

  func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  func place(_ node: Node) -> String { Self.place(node, file) }

  /// The mapping under `name`, if there is one.
  func section(_ name: String) throws(ConfigurationError) -> YAMLSection? {
    guard let node = mapping[name] else { return nil }
    return try YAMLSection(node, file: file, path: path(name))
  }

  /// The text of the scalar under `name`, if there is one.
  func text(_ name: String) throws(ConfigurationError) -> String? {
    guard let node = mapping[name] else { return nil }
    return try text(node, key: path(name))
  }

  /// The text of a scalar node.
  func text(_ node: Node, key: String) throws(ConfigurationError) -> String {
    guard case .scalar(let scalar) = node else {
      throw ConfigurationError(
        place(node), key: key, found: Self.kind(node), expected: "one value")
    }
    return scalar.string
  }

  /// The texts of the list under `name`; a missing list is empty.
  func texts(_ name: String) throws(ConfigurationError) -> [String] {
    guard let node = mapping[name] else { return [] }
    return try texts(node, key: path(name))
  }

  /// The texts of a list of scalars.
  func texts(_ node: Node, key: String) throws(ConfigurationError) -> [String] {
    guard case .sequence(let sequence) = node else {
      throw ConfigurationError(place(node), key: key, found: Self.kind(node), expected: "a list")
    }
    var texts: [String] = []
    for element in sequence { texts.append(try text(element, key: key)) }
    return texts
  }

  static func place(_ node: Node, _ file: String) -> String {
    guard let mark = node.mark else { return file }
    return "\(file):\(mark.line):\(mark.column)"
  }

  static func kind(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "\"\(scalar.string)\""
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}
