public import Tensors

/// Keeps states in memory, and stops training after a number of saves as a kill would.
public final class MemoryMonitor: TrainingMonitor {
  public struct Killed: Error, Equatable {
    public init() {}
  }

  public var states: [String: TrainingState] = [:]
  public var savesLeft: Int
  /// What was said with progress.
  public private(set) var messages: [String] = []
  /// How often a part of an epoch was done.
  public private(set) var parts = 0

  public init(killAfter saves: Int = .max) { savesLeft = saves }

  public func restore(_ name: String) -> TrainingState? { states[name] }

  public func save(_ state: TrainingState, as name: String) throws {
    states[name] = state
    savesLeft -= 1
    if savesLeft == 0 { throw Killed() }
  }

  public func report(done: Int, total: Int, message: String) { messages.append(message) }

  public func report(part: Double, after done: Int, of total: Int) { parts += 1 }
}
