/// How a stage or the command can end.
public enum ExitCode: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case badData = 65
  /// Temporary: another run holds the lock, or a language model's server is gone.
  case temporary = 75
  /// By SIGINT.
  case interrupted = 130
  /// By SIGTERM.
  case terminated = 143
}

/// An error that knows the exit code; its description is all that is printed.
///
/// Libraries below know no exit codes; their input errors are `DataError`s.
public protocol StageError: Error, CustomStringConvertible {
  var exitCode: ExitCode { get }
}
