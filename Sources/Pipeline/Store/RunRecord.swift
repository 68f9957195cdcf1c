public import Foundation

/// One finished run: a line of `artifacts/history.jsonl`.
public struct RunRecord: Codable, Sendable, Equatable {
  public var run: String
  public var profile: String
  public var started: Date
  public var ended: Date
  /// The runner's exit code.
  public var exitCode: Int32
  public var cached: Int
  public var ran: Int
  public var failed: Int
  public var total: Int
  /// The cache key of each instance that has a result, by instance name.
  public var keys: [String: String]
}
