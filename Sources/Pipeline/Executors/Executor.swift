/// Runs the commands of stages somewhere: as processes of this machine, as jobs of a cluster, or, in tests,
/// not at all.
///
/// Nothing above an executor knows what a job is there. A run starts jobs, hears of them through events,
/// and asks them to end; an executor decides nothing.
public protocol Executor: Sendable {
  /// Starts a job and returns without waiting for it.
  ///
  /// - Parameters:
  ///   - request: What to run, and on how much.
  ///   - report: Called with the job's events in their order, from any thread, `ended` last and once. It
  ///     may take its time: the first event can come before this call returns.
  /// - Returns: The job, as the other calls and later runs name it.
  /// - Throws: `ExecutionError` where it cannot be started; then `report` is never called.
  func start(
    _ request: JobRequest, _ report: @escaping @Sendable (JobEvent) -> Void
  ) throws(ExecutionError) -> JobID

  /// Follows a job that an earlier run started and that still runs, as if it had been started now.
  ///
  /// - Returns: Whether it is followed; false where it has ended or its output cannot be had again. Then
  ///   `report` is never called.
  func follow(_ job: JobID, _ report: @escaping @Sendable (JobEvent) -> Void) -> Bool

  /// Passes a signal on, by which a job is asked to save its state and end; nothing if it has ended.
  func stop(_ job: JobID, signal: Int32)

  /// Ends a job, also one of an earlier run, and all that it started; nothing if it has ended.
  func kill(_ job: JobID)
}

/// A job as its executor names it; what the text means is the executor's own affair.
public struct JobID: Codable, Hashable, Sendable {
  let text: String

  /// A name that means something to one executor.
  public init(_ text: String) { self.text = text }

  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A job that could not be started.
public struct ExecutionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The executable.
  public var executable: String
  /// What was in the way, and what to do about it.
  public var reason: String

  public init(executable: String, reason: String) {
    self.executable = executable
    self.reason = reason
  }

  public var description: String { "cannot start \(executable): \(reason)" }
}
