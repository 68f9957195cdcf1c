/// What an executor tells of a job.
public enum JobEvent: Sendable, Equatable {
  /// It runs; until then it may have waited for room.
  case started
  /// A line of its standard output, without the line end.
  case line(String)
  /// The bytes of memory that it holds; told now and then where the request has a limit.
  case memory(Int)
  /// It has ended and its output is complete.
  case ended(JobReport)
}

/// How a job ended, and what it used.
public struct JobReport: Sendable, Equatable {
  public enum End: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    /// The executor ended it or knows nothing more of it, for this reason.
    case lost(String)

    /// The exit code as a shell would report it; nil where there is none.
    var code: Int32? {
      switch self {
      case .exited(let code): code
      case .killed(let signal): 128 + signal
      case .lost: nil
      }
    }
  }

  public var end: End
  public var cpuSeconds: Double
  /// The most memory that the process held at once.
  public var peakBytes: Int

  public init(end: End, cpuSeconds: Double, peakBytes: Int) {
    self.end = end
    self.cpuSeconds = cpuSeconds
    self.peakBytes = peakBytes
  }
}
