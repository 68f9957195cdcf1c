import Tensors

/// Takes the CPU time of every epoch, and ends a training after enough of them.
///
/// A training that is to be longer and validates at its end alone is never validated under it.
final class EpochClock: TrainingMonitor {
  /// Thrown to end the training.
  struct Enough: Error {}

  private let wanted: Int
  private var start = CPUTime.now
  /// One entry a finished epoch.
  private(set) var epochs: [CPUTime] = []

  init(epochs: Int) { wanted = epochs }

  func restore(_ name: String) -> TrainingState? {
    start = .now
    return nil
  }

  func save(_ state: TrainingState, as name: String) throws {
    let now = CPUTime.now
    let epoch = now - start
    epochs.append(epoch)
    progress("  epoch \(epochs.count) of \(wanted): \(epoch.user) s")
    if epochs.count == wanted { throw Enough() }
    start = now
  }

  func report(done: Int, total: Int, message: String) {}
}

/// Shows each validation of a longer training.
struct ValidationProgress: TrainingMonitor {
  func restore(_ name: String) -> TrainingState? { nil }
  func save(_ state: TrainingState, as name: String) {}
  func report(done: Int, total: Int, message: String) {
    progress("  \(done) of \(total): \(message)")
  }
}
