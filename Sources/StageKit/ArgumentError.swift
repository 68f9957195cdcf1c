internal import Foundations
public import StageProtocol

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
  /// The number of bytes is not positive.
  case memory(found: Int)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .malformed(let option, let found):
      "\(option): found '\(found)', expected NAME=PATH"
    case .unknown(let option, let name, let valid):
      "\(option) \(name)=… is unknown; " + Suggestion.advice(name, valid, "the stage takes")
    case .missing(let option, let name, let summary):
      "\(option) \(name)=PATH is missing: \(summary)"
    case .repeated(let option, let name):
      "\(option) \(name)=… is given more than once, expected one path"
    case .threads(let found):
      "--threads: found \(found), expected at least 1"
    case .memory(let found):
      "--memory: found \(found), expected bytes, at least 1"
    }
  }
}
