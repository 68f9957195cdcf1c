import Foundations

/// Parameters that a stage does not take.
public enum ParameterError: StageError, Equatable {
  /// The argument of `--parameters` is not a JSON object.
  case notAnObject(found: String)
  /// There is no such parameter.
  case unknown(String, valid: [String])
  /// A value of another type, or outside the limits.
  case wrongValue(name: String, found: String, expected: String)
  /// A text that is none of the choices.
  case notAChoice(name: String, found: String, choices: [String])
  /// A parameter that plays no part for the chosen variant, such as a hyperparameter of another model.
  case notRead(name: String, by: String, reads: [String])
  /// A value that does not go with that of another parameter, or breaks a condition by itself.
  case conflict(name: String, found: String, expected: String, with: String? = nil)

  public var exitCode: ExitCode { .usage }

  /// The parameters that are at fault; none where none can be named.
  public var names: [String] {
    switch self {
    case .notAnObject: []
    case .unknown(let name, _), .wrongValue(let name, _, _), .notAChoice(let name, _, _),
      .notRead(let name, _, _):
      [name]
    case .conflict(let name, _, _, let other): [name] + (other.map { [$0] } ?? [])
    }
  }

  public var description: String {
    switch self {
    case .notAnObject(let found):
      "--parameters: found \(found), expected one JSON object such as {\"name\":1}"
    case .unknown(let name, let valid):
      "parameter '\(name)' is unknown; " + Suggestion.advice(name, valid, "the stage takes")
    case .wrongValue(let name, let found, let expected),
      .conflict(let name, let found, let expected, _):
      "parameter '\(name)': found \(found), expected \(expected)"
    case .notAChoice(let name, let found, let choices):
      "parameter '\(name)': found \"\(found)\"; "
        + Suggestion.advice(found, choices, "expected one of")
    case .notRead(let name, let variant, let reads):
      "parameter '\(name)' is not read by \(variant); "
        + Suggestion.advice(name, reads, "\(variant) reads")
    }
  }
}
