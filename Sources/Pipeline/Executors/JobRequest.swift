/// What an executor is asked to run.
public struct JobRequest: Sendable, Equatable {
  /// What people call it, such as `train-backbone[mf,1]`.
  public var name: String
  /// The path of the executable.
  public var executable: String
  public var arguments: [String]
  /// All variables that the command sees; those of this process that may pass unless given.
  public var environment: [String: String]
  /// The file that standard error is appended to; nil for the runner's own.
  public var errorLog: String?
  public var resources: JobResources

  public init(
    name: String, executable: String, arguments: [String],
    environment: [String: String] = JobEnvironment.inherited, errorLog: String? = nil,
    resources: JobResources = JobResources()
  ) {
    self.name = name
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.errorLog = errorLog
    self.resources = resources
  }
}

/// What a job may use; nil stands for no limit.
///
/// An executor that hands out room, as a cluster does, asks for this much. Whether a job keeps to it, the
/// run watches itself.
public struct JobResources: Sendable, Equatable {
  public var threads: Int
  /// Bytes.
  public var memory: Int?
  public var seconds: Double?

  public init(threads: Int = 1, memory: Int? = nil, seconds: Double? = nil) {
    self.threads = threads
    self.memory = memory
    self.seconds = seconds
  }
}
