public import Foundations

/// A checkpoint that cannot be used: which file, what is wrong with it, and what to do.
public struct CheckpointError: DataError, Equatable, CustomStringConvertible {
  public let path: String
  /// What was found and what was expected.
  public let problem: String
  public let advice: String

  public var isDataError: Bool { true }
  public var description: String { "\(path): \(problem); \(advice)" }

  /// Makes an error about one file.
  public init(
    _ path: String, _ problem: String, advice: String = "fetch or convert the checkpoint again"
  ) {
    self.path = path
    self.problem = problem
    self.advice = advice
  }

  /// Something that is sound but that this program does not compute, named together with what it does.
  static func unsupported(
    _ path: String, _ what: String, supported: String
  ) -> CheckpointError {
    CheckpointError(
      path, "\(what) is not supported", advice: "use a checkpoint with \(supported)")
  }
}
