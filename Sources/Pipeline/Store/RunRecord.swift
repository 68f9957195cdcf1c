public import Foundation

/// One finished run: a line of `artifacts/history.jsonl`.
public struct RunRecord: Codable, Sendable, Equatable {
  /// What became of the lists of a run that was to publish them.
  public struct Publication: Codable, Sendable, Equatable {
    /// Whether they are what readers have; otherwise the old ones stay.
    public var isPublished: Bool
    /// Why, in a sentence with the figures.
    public var reason: String
  }

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
  /// The instances whose results were taken over, where this is no run but an `accept`.
  public var accepted: [String]?
  public var publication: Publication?

  /// The name of what starts at a moment in this process.
  static func identifier(of started: Date) -> String {
    "\(started.formatted(.iso8601).replacing(/[-:]/, with: ""))-\(getpid())"
  }
}
