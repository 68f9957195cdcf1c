import Tensors

/// Keeps states in memory, and stops training after a number of saves as a kill would.
final class MemoryMonitor: TrainingMonitor {
  struct Killed: Error, Equatable {}

  var states: [String: TrainingState] = [:]
  var savesLeft: Int
  /// How often a part of an epoch was done.
  private(set) var parts = 0

  init(killAfter saves: Int = .max) { savesLeft = saves }

  func restore(_ name: String) -> TrainingState? { states[name] }

  func save(_ state: TrainingState, as name: String) throws {
    states[name] = state
    savesLeft -= 1
    if savesLeft == 0 { throw Killed() }
  }

  func report(done: Int, total: Int, message: String) {}

  func report(part: Double, after done: Int, of total: Int) { parts += 1 }
}
