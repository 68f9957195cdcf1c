public import Foundations

/// A store of answers that cannot be used: which file, what is wrong with it, and the way out.
public struct AnswerStoreError: DataError, Equatable, CustomStringConvertible {
  public let path: String
  public let problem: String
  public let advice: String

  public var isDataError: Bool { true }
  public var description: String { "answer store \(path): \(problem); \(advice)" }

  static func damaged(_ path: String, _ reason: String) -> AnswerStoreError {
    AnswerStoreError(
      path: path, problem: "it is damaged (\(reason))",
      advice:
        "move it and what lies beside it away (\(path), \(path)-wal, \(path)-shm): the next run makes "
        + "a store and asks for the answers once more")
  }

  static func foreign(_ path: String, _ finding: String) -> AnswerStoreError {
    AnswerStoreError(
      path: path, problem: finding,
      advice: "nothing of it was changed; move it away, and the next run makes a store there")
  }

  static func logAlone(_ path: String) -> AnswerStoreError {
    AnswerStoreError(
      path: path, problem: "found its log \(path)-wal without it",
      advice: "move the log to where the store is, or away")
  }

  static func locked(_ path: String) -> AnswerStoreError {
    AnswerStoreError(
      path: path, problem: "another process has held its lock for a minute",
      advice: "end what writes to it, and run again")
  }

  static func other(_ path: String, _ reason: String) -> AnswerStoreError {
    AnswerStoreError(
      path: path, problem: reason, advice: "check the permissions of the file and of its folder")
  }
}
