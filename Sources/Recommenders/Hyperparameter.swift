/// One hyperparameter: its name, what it means, its limits, and where it stands in a configuration.
///
/// Each is declared once, in `Hyperparameters.swift`; checks, stages' parameters and what is saved
/// with a model follow from it.
public struct Hyperparameter: Sendable {
  /// What a hyperparameter can be.
  public enum Kind: Sendable, Equatable {
    case integer
    case number
    case integers
    case numbers
    /// One of some words.
    case choice([String])
  }

  /// A value with its kind.
  public enum Value: Sendable, Equatable {
    case integer(Int)
    case number(Float)
    case integers([Int])
    case numbers([Float])
    case choice(String)
  }

  /// What a number, or each number of a list, has to obey; nil where there is no such limit.
  public struct Limits: Sendable, Equatable {
    public var minimum: Double?
    /// Excluded.
    public var above: Double?
    public var maximum: Double?
    /// Excluded.
    public var below: Double?
  }

  public let name: String
  public let summary: String
  public let kind: Kind
  public let limits: Limits
  /// Whether a list may be empty.
  public let allowsEmpty: Bool

  /// Of a property of the configuration.
  typealias Path<Property> = any WritableKeyPath<BackboneConfiguration, Property> & Sendable

  private let read: @Sendable (BackboneConfiguration) -> Value
  private let write: @Sendable (Value, inout BackboneConfiguration) -> Bool

  /// Declares a hyperparameter.
  ///
  /// - Parameters:
  ///   - name: Of the property, as users write it.
  ///   - path: The property.
  ///   - summary: What it means.
  ///   - kind: What it can be.
  ///   - limits: What its numbers obey.
  ///   - allowsEmpty: Whether a list may be empty.
  ///   - wrap: A value from the property's.
  ///   - unwrap: The way back, nil of a value of another kind.
  init<Property>(
    _ name: String, _ path: Path<Property>,
    _ summary: String, _ kind: Kind, _ limits: Limits = Limits(), allowsEmpty: Bool = false,
    wrap: @escaping @Sendable (Property) -> Value,
    unwrap: @escaping @Sendable (Value) -> Property?
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.limits = limits
    self.allowsEmpty = allowsEmpty
    read = { wrap($0[keyPath: path]) }
    write = { value, configuration in
      guard let property = unwrap(value) else { return false }
      configuration[keyPath: path] = property
      return true
    }
  }

  /// The value in a configuration.
  public func value(in configuration: BackboneConfiguration) -> Value { read(configuration) }

  /// Sets the value in a configuration; a value of another kind is a trap.
  public func set(_ value: Value, in configuration: inout BackboneConfiguration) {
    precondition(write(value, &configuration), "\(name) cannot be \(value)")
  }

  /// What is expected instead of a value outside the limits; nil of one inside.
  func expectation(insteadOf value: Value) -> String? {
    switch value {
    case .integer(let number): return limits.allow(Double(number)) ? nil : limits.words
    case .number(let number): return limits.allow(Double(number)) ? nil : limits.words
    case .integers(let numbers): return expectation(insteadOf: numbers.map { Double($0) })
    case .numbers(let numbers): return expectation(insteadOf: numbers.map { Double($0) })
    case .choice: return nil
    }
  }

  private func expectation(insteadOf numbers: [Double]) -> String? {
    if numbers.allSatisfy(limits.allow), allowsEmpty || !numbers.isEmpty { return nil }
    return (allowsEmpty ? "numbers " : "one or more numbers ") + limits.words
  }
}

extension Hyperparameter.Limits {
  /// Whether a number is finite and within the limits.
  func allow(_ number: Double) -> Bool {
    number.isFinite && number >= minimum ?? -.infinity && number > above ?? -.infinity
      && number <= maximum ?? .infinity && number < below ?? .infinity
  }

  /// Such as "at least 0 and below 1".
  var words: String {
    [("at least", minimum), ("above", above), ("at most", maximum), ("below", below)]
      .compactMap { words, limit in
        limit.map { "\(words) \($0 == $0.rounded() ? "\(Int($0))" : "\($0)")" }
      }
      .joined(separator: " and ")
  }
}

extension Hyperparameter.Value: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .integers(let values): "\(values)"
    case .numbers(let values): "\(values)"
    case .choice(let value): value
    }
  }
}
