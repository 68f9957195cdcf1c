import Foundation

/// How a run goes about its work.
public struct RunOptions: Sendable {
  /// How many instances run side by side.
  public var jobs = ProcessInfo.processInfo.activeProcessorCount
  /// How many threads each of them gets.
  public var threads = 1
  /// Names of stages or instances that run in any case.
  public var forced: [String] = []
  /// Whether a failure stops only what depends on it.
  public var keepsGoing = false
  /// The seconds that a stage gets to write its checkpoint when the run is interrupted.
  public var graceSeconds = 10.0

  /// Whether the run is part of the history, and whether the report says how it ended.
  var isRecorded = true

  /// The defaults.
  public init() {}
}
