internal import Artifacts

/// The values of a stage's parameters: the defaults and what `--parameters` says.
public struct ParameterValues: Sendable {
  private let values: [String: JSON]

  /// Reads a JSON object.
  ///
  /// - Parameters:
  ///   - specs: The parameters of the stage.
  ///   - json: Names with values of the specs' types.
  /// - Throws: `ParameterError`.
  package init(_ specs: [ParameterSpec], json: String) throws(ParameterError) {
    guard case .object(let members)? = JSON(parsing: json) else {
      throw .notAnObject(found: json)
    }
    let byName = Dictionary(uniqueKeysWithValues: specs.map { ($0.name, $0) })
    var values = byName.mapValues(\.defaultValue)
    for member in members {
      guard let spec = byName[member.name] else {
        throw .unknown(member.name, valid: specs.map(\.name))
      }
      values[member.name] = try spec.value(of: member.value)
    }
    self.values = values
  }

  /// A digest of all values, defaults included.
  var digest: String {
    Digest.sha256(
      JSON.object(values.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }).text)
  }

  // MARK: Access; an undeclared name or another type than the declared one is a trap.

  public func integer(_ name: String) -> Int { required(name, optionalInteger(name)) }
  public func number(_ name: String) -> Double { required(name, optionalNumber(name)) }
  /// A number rounded to the precision that computations use.
  public func float(_ name: String) -> Float { Float(number(name)) }
  public func boolean(_ name: String) -> Bool { required(name, optionalBoolean(name)) }
  public func string(_ name: String) -> String { required(name, optionalString(name)) }
  public func integers(_ name: String) -> [Int] { required(name, optionalIntegers(name)) }
  public func numbers(_ name: String) -> [Double] { required(name, optionalNumbers(name)) }
  public func strings(_ name: String) -> [String] { required(name, optionalStrings(name)) }

  /// A parameter declared with `ParameterSpec.choice`.
  public func choice<Choice: RawRepresentable<String>>(
    _ name: String, as type: Choice.Type = Choice.self
  ) -> Choice {
    required(name, Choice(rawValue: string(name)))
  }

  // Nullable parameters, nil where not set.

  public func optionalInteger(_ name: String) -> Int? { value(name, \.asInteger) }
  public func optionalNumber(_ name: String) -> Double? { value(name, \.asNumber) }
  public func optionalBoolean(_ name: String) -> Bool? { value(name, \.asBoolean) }
  public func optionalString(_ name: String) -> String? { value(name, \.asString) }
  public func optionalIntegers(_ name: String) -> [Int]? { list(name, \.asInteger) }
  public func optionalNumbers(_ name: String) -> [Double]? { list(name, \.asNumber) }
  public func optionalStrings(_ name: String) -> [String]? { list(name, \.asString) }

  private func value<Value>(_ name: String, _ read: (JSON) -> Value?) -> Value? {
    guard let value = values[name] else { preconditionFailure("no parameter \(name) declared") }
    return value == .null ? nil : required(name, read(value))
  }

  private func list<Value>(_ name: String, _ read: (JSON) -> Value?) -> [Value]? {
    value(name) {
      guard case .array(let values) = $0 else { return nil }
      return values.map { required(name, read($0)) }
    }
  }

  private func required<Value>(_ name: String, _ value: Value?) -> Value {
    guard let value else { preconditionFailure("parameter \(name) is null or of another type") }
    return value
  }
}

extension JSON {
  fileprivate var asInteger: Int? { if case .integer(let value) = self { value } else { nil } }
  fileprivate var asBoolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  fileprivate var asString: String? { if case .string(let value) = self { value } else { nil } }
}

extension ParameterSpec {
  /// Checks a value; numbers come back as `number` however they were written.
  func value(of json: JSON) throws(ParameterError) -> JSON {
    if json == .null, defaultValue == .null { return .null }
    switch (kind, json) {
    case (.integers, .array(let elements)), (.numbers, .array(let elements)),
      (.strings, .array(let elements)):
      var values: [JSON] = []
      for element in elements { values.append(try scalar(element)) }
      return .array(values)
    case (.integers, _), (.numbers, _), (.strings, _): throw wrong(json)
    default: return try scalar(json)
    }
  }

  private func scalar(_ json: JSON) throws(ParameterError) -> JSON {
    switch (kind, json) {
    case (.integer, .integer(let value)), (.integers, .integer(let value)):
      guard bounds.allow(Double(value)) else { throw wrong(json) }
      return json
    case (.number, _), (.numbers, _):
      guard let value = json.asNumber, bounds.allow(value) else { throw wrong(json) }
      return .number(value)
    case (.boolean, .boolean): return json
    case (.string, .string(let value)), (.strings, .string(let value)):
      guard choices.isEmpty || choices.contains(value) else {
        throw .notAChoice(name: name, found: value, choices: choices)
      }
      return json
    default: throw wrong(json)
    }
  }

  private func wrong(_ found: JSON) -> ParameterError {
    let words = bounds.words
    let limits = words.isEmpty ? "" : " " + words
    let expected =
      switch kind {
      case .integer: "a whole number\(limits)"
      case .number: "a number\(limits)"
      case .boolean: "true or false"
      case .string: "a text in quotes"
      case .integers: "a list of whole numbers\(limits)"
      case .numbers: "a list of numbers\(limits)"
      case .strings: "a list of texts in quotes"
      }
    return .wrongValue(name: name, found: found.text, expected: expected)
  }
}
