public import Foundations

/// What one choice of a stage reads of the nullable parameters, and the defaults it has for them.
///
/// `train-backbone` has `backbone` as such a parameter: each model reads some hyperparameters, and what
/// stays null takes the model's own default. A parameter that any variant names is refused for the variants
/// that do not name it.
public struct ParameterVariants: Codable, Sendable, Equatable {
  /// The parameter whose value decides, one with choices.
  public let parameter: String
  /// By the parameter's value: the names that it reads, with their defaults.
  public let values: [String: [String: JSONValue]]

  public init(of parameter: String, _ values: [String: [String: JSONValue]]) {
    self.parameter = parameter
    self.values = values
  }

  /// Every name that some variant reads.
  public var names: Set<String> { values.values.reduce(into: []) { $0.formUnion($1.keys) } }
}

/// A condition on several parameters at once, or on one that its limits cannot say.
public enum ParameterRule: Codable, Sendable, Equatable {
  /// One whole number divides another without remainder, such as heads the width.
  case divides(divisor: String, dividend: String)
  /// One whole number divided by another is even, as rotary embeddings need of a head's width.
  case evenQuotient(dividend: String, divisor: String)
  /// All elements of a list but the last are even.
  case evenButLast(list: String)

  /// Throws `ParameterError.conflict` where the rule is broken; a parameter without a value breaks none.
  func check(_ value: (String) -> JSONValue?) throws(ParameterError) {
    switch self {
    case .divides(let divisor, let dividend):
      guard let small = value(divisor)?.asInteger, let large = value(dividend)?.asInteger,
        small > 0, large % small != 0
      else { return }
      throw .conflict(
        name: divisor, found: "\(small)", expected: "a divisor of \(dividend) (\(large))",
        with: dividend)
    case .evenQuotient(let dividend, let divisor):
      guard let large = value(dividend)?.asInteger, let small = value(divisor)?.asInteger,
        small > 0, large / small % 2 != 0
      else { return }
      throw .conflict(
        name: dividend, found: "\(large)", expected: "an even multiple of \(divisor) (\(small))",
        with: divisor)
    case .evenButLast(let name):
      guard let list = value(name), let elements = list.asArray?.map(\.asInteger),
        elements.dropLast().contains(where: { ($0 ?? 0) % 2 != 0 })
      else { return }
      throw .conflict(
        name: name, found: list.text, expected: "even numbers in all places but the last")
    }
  }
}
