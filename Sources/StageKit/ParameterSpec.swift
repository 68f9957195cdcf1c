/// One parameter of a stage: its name, type, default, meaning and limits.
///
/// A default of nil makes the parameter nullable: left out or null means "not set", whatever the stage
/// takes that for.
public struct ParameterSpec: Sendable {
  /// The types a parameter can have.
  public enum Kind: String, Sendable {
    case integer, number, boolean, string, integers, numbers, strings
  }

  public let name: String
  public let kind: Kind
  public let summary: String
  /// The strings allowed; empty where any is.
  public let choices: [String]
  let defaultValue: JSON
  let bounds: Bounds

  private init(
    _ name: String, _ kind: Kind, _ defaultValue: JSON, _ summary: String, choices: [String] = [],
    bounds: Bounds = Bounds()
  ) {
    self.name = name
    self.kind = kind
    self.summary = summary
    self.choices = choices
    self.defaultValue = defaultValue
    self.bounds = bounds
    do { _ = try value(of: defaultValue) } catch { preconditionFailure("\(error)") }
  }

  /// A whole number within inclusive limits.
  public static func integer(
    _ name: String, default value: Int?, _ summary: String, minimum: Int? = nil,
    maximum: Int? = nil
  ) -> Self {
    Self(
      name, .integer, value.map { .integer($0) } ?? .null, summary,
      bounds: Bounds(minimum: minimum.map { .integer($0) }, maximum: maximum.map { .integer($0) }))
  }

  /// A number within limits, inclusive (`minimum`, `maximum`) or not (`above`, `below`).
  public static func number(
    _ name: String, default value: Double?, _ summary: String, minimum: Double? = nil,
    above: Double? = nil, maximum: Double? = nil, below: Double? = nil
  ) -> Self {
    Self(
      name, .number, value.map { .number($0) } ?? .null, summary,
      bounds: Bounds(minimum, above, maximum, below))
  }

  /// true or false.
  public static func boolean(_ name: String, default value: Bool?, _ summary: String) -> Self {
    Self(name, .boolean, value.map { .boolean($0) } ?? .null, summary)
  }

  /// Any text, or one of some.
  public static func string(
    _ name: String, default value: String?, choices: [String] = [], _ summary: String
  ) -> Self {
    Self(name, .string, value.map { .string($0) } ?? .null, summary, choices: choices)
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
    maximum: Int? = nil
  ) -> Self {
    Self(
      name, .integers, value.map { .array($0.map { .integer($0) }) } ?? .null, summary,
      bounds: Bounds(minimum: minimum.map { .integer($0) }, maximum: maximum.map { .integer($0) }))
  }

  /// A list of numbers, each within limits, inclusive (`minimum`, `maximum`) or not (`above`, `below`).
  public static func numbers(
    _ name: String, default value: [Double]?, _ summary: String, minimum: Double? = nil,
    above: Double? = nil, maximum: Double? = nil, below: Double? = nil
  ) -> Self {
    Self(
      name, .numbers, value.map { .array($0.map { .number($0) }) } ?? .null, summary,
      bounds: Bounds(minimum, above, maximum, below))
  }

  /// A list of texts, or of some of the choices.
  public static func strings(
    _ name: String, default value: [String]?, choices: [String] = [], _ summary: String
  ) -> Self {
    Self(
      name, .strings, value.map { .array($0.map { .string($0) }) } ?? .null, summary,
      choices: choices)
  }
}

extension ParameterSpec {
  /// One limit: its name in JSON Schema, its name in a sentence, and what obeys it.
  struct Limit {
    typealias Test = (_ value: Double, _ limit: Double) -> Bool
    let name: String
    let words: String
    let value: JSON
    let allows: Test
  }

  /// Limits of a number, each under its name in JSON Schema.
  struct Bounds: Sendable {
    var minimum: JSON?
    var exclusiveMinimum: JSON?
    var maximum: JSON?
    var exclusiveMaximum: JSON?

    init(minimum: JSON? = nil, maximum: JSON? = nil) {
      self.minimum = minimum
      self.maximum = maximum
    }

    init(_ minimum: Double?, _ above: Double?, _ maximum: Double?, _ below: Double?) {
      self.minimum = minimum.map { .number($0) }
      self.exclusiveMinimum = above.map { .number($0) }
      self.maximum = maximum.map { .number($0) }
      self.exclusiveMaximum = below.map { .number($0) }
    }

    /// Each limit that there is.
    var limits: [Limit] {
      var limits: [Limit] = []
      func add(_ name: String, _ words: String, _ value: JSON?, _ allows: @escaping Limit.Test) {
        if let value {
          limits.append(Limit(name: name, words: words, value: value, allows: allows))
        }
      }
      add("minimum", "at least", minimum) { $0 >= $1 }
      add("exclusiveMinimum", "above", exclusiveMinimum) { $0 > $1 }
      add("maximum", "at most", maximum) { $0 <= $1 }
      add("exclusiveMaximum", "below", exclusiveMaximum) { $0 < $1 }
      return limits
    }

    func allow(_ value: Double) -> Bool {
      limits.allSatisfy { $0.allows(value, $0.value.asNumber ?? .nan) }
    }

    /// Such as "at least 1, below 2".
    var words: String {
      limits.map { "\($0.words) \($0.value.shortText)" }.joined(separator: ", ")
    }
  }

  /// What `--describe` prints of the parameter.
  var json: JSON {
    .object(
      [
        .init("name", .string(name)), .init("type", .string(kind.rawValue)),
        .init("default", defaultValue), .init("summary", .string(summary)),
      ]
        + (choices.isEmpty ? [] : [.init("choices", .array(choices.map { .string($0) }))])
        + bounds.limits.map { .init($0.name, $0.value) })
  }

  /// What `--help` says of the parameter.
  var help: String {
    let limits = choices.isEmpty ? bounds.words : "one of " + choices.joined(separator: ", ")
    let facts = [kind.rawValue, limits, "default \(defaultValue.shortText)"].filter { !$0.isEmpty }
    return "\(summary) (\(facts.joined(separator: "; ")))"
  }
}
