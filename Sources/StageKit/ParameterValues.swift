internal import Foundations
package import StageProtocol

/// The values of a stage's parameters: the defaults and what `--parameters` says.
public struct ParameterValues: Sendable {
  private let values: [String: JSONValue]

  /// Reads a JSON object.
  ///
  /// - Parameters:
  ///   - description: The stage, whose limits and rules hold.
  ///   - json: Names with values of the specs' types.
  /// - Throws: `ParameterError`.
  package init(_ description: StageDescription, json: String) throws(ParameterError) {
    guard case .object(let members)? = JSONValue(parsing: json) else {
      throw .notAnObject(found: json)
    }
    values = try description.values(
      Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  /// A digest of all values, defaults included.
  var digest: String { Digest.sha256(JSONValue.sorted(values).text) }

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

  private func value<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> Value? {
    guard let value = values[name] else { preconditionFailure("no parameter \(name) declared") }
    return value == .null ? nil : required(name, read(value))
  }

  private func list<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> [Value]? {
    value(name) {
      $0.asArray.map { $0.map { required(name, read($0)) } }
    }
  }

  private func required<Value>(_ name: String, _ value: Value?) -> Value {
    guard let value else { preconditionFailure("parameter \(name) is null or of another type") }
    return value
  }
}
