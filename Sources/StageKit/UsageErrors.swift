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

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .notAnObject(let found):
      "--parameters: found \(found), expected one JSON object such as {\"name\":1}"
    case .unknown(let name, let valid):
      "parameter '\(name)' is unknown; " + advice(name, valid, "the stage takes")
    case .wrongValue(let name, let found, let expected):
      "parameter '\(name)': found \(found), expected \(expected)"
    case .notAChoice(let name, let found, let choices):
      "parameter '\(name)': found \"\(found)\"; " + advice(found, choices, "expected one of")
    }
  }
}

/// Inputs and outputs that do not fit the stage.
public enum ArgumentError: StageError, Equatable {
  /// An argument that is not NAME=PATH.
  case malformed(option: String, found: String)
  /// The stage has no such input or output.
  case unknown(option: String, name: String, valid: [String])
  /// An input or output that the stage needs was not given.
  case missing(option: String, name: String, summary: String)
  /// Given more than once.
  case repeated(option: String, name: String)
  /// The number of threads is not positive.
  case threads(found: Int)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .malformed(let option, let found):
      "\(option): found '\(found)', expected NAME=PATH"
    case .unknown(let option, let name, let valid):
      "\(option) \(name)=… is unknown; " + advice(name, valid, "the stage takes")
    case .missing(let option, let name, let summary):
      "\(option) \(name)=PATH is missing: \(summary)"
    case .repeated(let option, let name):
      "\(option) \(name)=… is given more than once, expected one path"
    case .threads(let found):
      "--threads: found \(found), expected at least 1"
    }
  }
}

/// The names that would have been valid after an introduction, and the nearest of them before.
package func advice(_ name: String, _ valid: [String], _ introduction: String) -> String {
  guard !valid.isEmpty else { return "\(introduction) none" }
  let guess = Suggestion.nearest(to: name, among: valid).map { "did you mean '\($0)'? " } ?? ""
  return "\(guess)\(introduction) \(valid.joined(separator: ", "))"
}
