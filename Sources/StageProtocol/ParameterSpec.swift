public import Foundations

/// One parameter of a stage: its name, type, default, meaning and limits.
///
/// A default of null makes the parameter nullable: left out or null means "not set", whatever the stage
/// takes that for. Stages print their specs with `--describe`, and the runner holds the same limits before
/// anything runs.
public struct ParameterSpec: Codable, Sendable, Equatable {
  /// The types a parameter can have.
  public enum Kind: String, Codable, Sendable {
    case integer, number, boolean, string, integers, numbers, strings

    /// Whether values are lists.
    public var isList: Bool { self == .integers || self == .numbers || self == .strings }
  }

  public let name: String
  public let type: Kind
  public let `default`: JSONValue
  public let summary: String
  /// The strings allowed; nil where any is.
  public let choices: [String]?
  /// Limits of a number, each under its name in JSON Schema.
  public let minimum: Double?
  public let exclusiveMinimum: Double?
  public let maximum: Double?
  public let exclusiveMaximum: Double?
  /// The fewest elements of a list; nil where it may be empty.
  public let minItems: Int?

  private init(
    _ name: String, _ type: Kind, _ defaultValue: JSONValue?, _ summary: String,
    choices: [String] = [], minimum: Double? = nil, above: Double? = nil, maximum: Double? = nil,
    below: Double? = nil, minItems: Int? = nil
  ) {
    self.name = name
    self.type = type
    self.minItems = minItems
    self.default = defaultValue ?? .null
    self.summary = summary
    self.choices = choices.isEmpty ? nil : choices
    self.minimum = minimum
    exclusiveMinimum = above
    self.maximum = maximum
    exclusiveMaximum = below
    do { _ = try value(of: self.default) } catch { preconditionFailure("\(error)") }
  }

  /// A whole number within inclusive limits.
  public static func integer(
    _ name: String, default value: Int?, _ summary: String, minimum: Int? = nil,
    maximum: Int? = nil
  ) -> Self {
    Self(
      name, .integer, value.map { .integer($0) }, summary, minimum: minimum.map { Double($0) },
      maximum: Double(maximum ?? mostOfAny))
  }

  /// A number within limits, inclusive (`minimum`, `maximum`) or not (`above`, `below`).
  public static func number(
    _ name: String, default value: Double?, _ summary: String, minimum: Double? = nil,
    above: Double? = nil, maximum: Double? = nil, below: Double? = nil
  ) -> Self {
    Self(
      name, .number, value.map { .number($0) }, summary, minimum: minimum, above: above,
      maximum: maximum, below: below)
  }

  /// true or false.
  public static func boolean(_ name: String, default value: Bool?, _ summary: String) -> Self {
    Self(name, .boolean, value.map { .boolean($0) }, summary)
  }

  /// Any text, or one of some.
  public static func string(
    _ name: String, default value: String?, choices: [String] = [], _ summary: String
  ) -> Self {
    Self(name, .string, value.map { .string($0) }, summary, choices: choices)
  }

  /// One of the cases of an enumeration, by its raw value.
  public static func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, default value: Choice, _ summary: String
  ) -> Self {
    .string(name, default: value.rawValue, choices: Choice.allCases.map(\.rawValue), summary)
  }

  /// A list of whole numbers, each within inclusive limits.
  public static func integers(
    _ name: String, default value: [Int]?, _ summary: String, minimum: Int? = nil,
    maximum: Int? = nil, minimumCount: Int? = nil
  ) -> Self {
    Self(
      name, .integers, value.map { .array($0.map { .integer($0) }) }, summary,
      minimum: minimum.map { Double($0) }, maximum: Double(maximum ?? mostOfAny),
      minItems: minimumCount)
  }

  /// A list of numbers, each within limits, inclusive (`minimum`, `maximum`) or not (`above`, `below`).
  public static func numbers(
    _ name: String, default value: [Double]?, _ summary: String, minimum: Double? = nil,
    above: Double? = nil, maximum: Double? = nil, below: Double? = nil, minimumCount: Int? = nil
  ) -> Self {
    Self(
      name, .numbers, value.map { .array($0.map { .number($0) }) }, summary, minimum: minimum,
      above: above, maximum: maximum, below: below, minItems: minimumCount)
  }

  /// A list of texts, or of some of the choices.
  public static func strings(
    _ name: String, default value: [String]?, choices: [String] = [], _ summary: String,
    minimumCount: Int? = nil
  ) -> Self {
    Self(
      name, .strings, value.map { .array($0.map { .string($0) }) }, summary, choices: choices,
      minItems: minimumCount)
  }
}

extension ParameterSpec {
  /// One limit: its name in a sentence, its value, and what obeys it.
  private var limits: [(words: String, value: Double, allows: (Double, Double) -> Bool)] {
    var limits: [(words: String, value: Double, allows: (Double, Double) -> Bool)] = []
    if let minimum { limits.append(("at least", minimum, { $0 >= $1 })) }
    if let exclusiveMinimum { limits.append(("above", exclusiveMinimum, { $0 > $1 })) }
    if let maximum { limits.append(("at most", maximum, { $0 <= $1 })) }
    if let exclusiveMaximum { limits.append(("below", exclusiveMaximum, { $0 < $1 })) }
    return limits
  }

  /// The limits in words, such as "at least 1, below 2".
  public var limitsInWords: String {
    limits.map { "\($0.words) \(JSONValue.number($0.value).shortText)" }.joined(separator: ", ")
  }

  /// What `--help` says of the parameter.
  public var help: String {
    let allowed = choices.map { "one of " + $0.joined(separator: ", ") } ?? limitsInWords
    let facts = [type.rawValue, allowed, "default \(self.default.shortText)"].filter { !$0.isEmpty }
    return "\(summary) (\(facts.joined(separator: "; ")))"
  }

  /// Checks a value against type, choices and limits.
  ///
  /// - Parameter json: The value; null where the default is null.
  /// - Returns: The value; numbers come back as `number` however they were written.
  /// - Throws: `ParameterError`.
  public func value(of json: JSONValue) throws(ParameterError) -> JSONValue {
    if json == .null, self.default == .null { return .null }
    guard type.isList else { return try scalar(json) }
    guard case .array(let elements) = json else { throw wrong(json) }
    guard elements.count >= minItems ?? 0 else {
      throw .wrongValue(
        name: name, found: json.text, expected: "a list of at least \(minItems ?? 0)")
    }
    var values: [JSONValue] = []
    for element in elements { values.append(try scalar(element)) }
    return .array(values)
  }

  /// The default as `value(of:)` gives it.
  public var defaultValue: JSONValue { (try? value(of: self.default)) ?? self.default }

  private func scalar(_ json: JSONValue) throws(ParameterError) -> JSONValue {
    switch (type, json) {
    case (.integer, .integer(let value)), (.integers, .integer(let value)):
      guard allows(Double(value)) else { throw wrong(json) }
      return json
    case (.number, _), (.numbers, _):
      guard let value = json.asNumber, value.isFinite, allows(value) else { throw wrong(json) }
      return .number(value)
    case (.boolean, .boolean): return json
    case (.string, .string(let value)), (.strings, .string(let value)):
      guard choices?.contains(value) ?? true else {
        throw .notAChoice(name: name, found: value, choices: choices ?? [])
      }
      return json
    default: throw wrong(json)
    }
  }

  private func allows(_ value: Double) -> Bool {
    limits.allSatisfy { $0.allows(value, $0.value) }
  }

  private func wrong(_ found: JSONValue) -> ParameterError {
    let words = limitsInWords.isEmpty ? "" : " " + limitsInWords
    let expected =
      switch type {
      case .integer: "a whole number\(words)"
      case .number: "a number\(words)"
      case .boolean: "true or false"
      case .string: "a text in quotes"
      case .integers: "a list of whole numbers\(words)"
      case .numbers: "a list of numbers\(words)"
      case .strings: "a list of texts in quotes"
      }
    return .wrongValue(name: name, found: found.shortText, expected: expected)
  }
}

/// What a whole number is at most that has no limit of its own: products of two of them fit 64 bits.
private let mostOfAny = Int(Int32.max)
