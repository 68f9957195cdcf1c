internal import Artifacts
internal import Foundations
internal import Glibc
public import StageProtocol

/// A failure in a stage's own words.
public struct StageFailure: StageError, Equatable {
  public let exitCode: ExitCode
  public let description: String

  /// Makes an error: what, where, found, expected, what to do next.
  public init(_ description: String, exitCode: ExitCode = .failed) {
    self.exitCode = exitCode
    self.description = description
  }
}

/// The stage was asked to stop, and what it needs to go on is saved.
public struct Interrupted: StageError, Equatable {
  /// SIGINT or SIGTERM.
  public let signal: Int32

  public var exitCode: ExitCode { signal == SIGINT ? .interrupted : .terminated }

  public var description: String {
    "stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM"); "
      + "a run with --scratch goes on from here when it is called again"
  }
}

extension ExitCode {
  /// The code for anything that a stage may throw.
  ///
  /// Reading fails with 65; `StageContext.write` turns what goes wrong there into a `StageFailure`.
  init(_ error: any Error) {
    self =
      switch error {
      case let error as any StageError: error.exitCode
      case let error as any DataError: error.isDataError ? .badData : .usage
      case is ArtifactError: .badData
      case let error as FileError where error.operation == "read": .badData
      default: .failed
      }
  }
}
