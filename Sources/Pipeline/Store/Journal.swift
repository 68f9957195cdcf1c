/// What the last runs of a profile left behind: `artifacts/PROFILE/journal.json`.
public struct Journal: Codable, Sendable, Equatable {
  public enum State: String, Codable, Sendable {
    case running
    case done
    case failed
    case interrupted
  }

  public struct Entry: Codable, Sendable, Equatable {
    public var state: State
    /// The key of the latest attempt.
    public var key: String
    /// The key of the latest finished result, which explanations compare with.
    public var finishedKey: String?
    /// The log of the latest attempt.
    public var log: String?
    public var exitCode: Int32?
    public var message: String?
    /// The job of the latest attempt, while it runs.
    public var job: JobID?
  }

  /// By instance name.
  public var entries: [String: Entry] = [:]
}
