internal import Artifacts
internal import Foundations
internal import StageProtocol
internal import Synchronization
internal import Tensors

/// Keeps training states in the scratch folder, two files a name, written in turn.
///
/// A state is written when the last write is two seconds old, when another training's save finds it
/// waiting for as long, when the stage was asked to stop, and when the stage fails. A damaged file is
/// passed over for the other one.
final class CheckpointStore: Sendable {
  /// Seconds between two writes of one name: fast epochs must not wait for the disk.
  static let interval = 2.0

  private struct Slot {
    /// The number of the newest file; file 0 or 1 is its parity.
    var sequence: Int
    var lastWrite: Double
    var waiting: TrainingState?
  }

  private struct State {
    var slots: [String: Slot] = [:]
    var fingerprint: String?
  }

  private let scratch: Scratch?
  private let events: Events
  private let now: @Sendable () -> Double
  private let stopSignal: @Sendable () -> Int32?
  private let makeFingerprint: @Sendable () throws -> String
  private let state = Mutex(State())

  init(
    scratch: Scratch?, events: Events, now: @escaping @Sendable () -> Double,
    stopSignal: @escaping @Sendable () -> Int32?,
    fingerprint: @escaping @Sendable () throws -> String
  ) {
    self.scratch = scratch
    self.events = events
    self.now = now
    self.stopSignal = stopSignal
    makeFingerprint = fingerprint
  }

  /// The newest sound state of a name, or nil.
  func restore(_ name: String) throws -> TrainingState? {
    guard let scratch else { return nil }
    return try state.withLock { state in
      let fingerprint = try fingerprint(&state)
      let newest = (0...1).compactMap { read(path(name, $0, scratch), fingerprint) }
        .max { $0.sequence < $1.sequence }
      state.slots[name] = Slot(sequence: newest?.sequence ?? 0, lastWrite: now())
      if let newest { events.log("\(name): going on after \(newest.state.epoch) epochs") }
      return newest?.state
    }
  }

  /// Takes a state, writes what is due, and throws `Interrupted` if the stage was asked to stop.
  func save(_ newState: TrainingState, as name: String) throws {
    let signal = stopSignal()
    try state.withLock { state in
      guard let scratch else { return }
      let time = now()
      state.slots[name, default: Slot(sequence: 0, lastWrite: time)].waiting = newState
      for (name, slot) in state.slots where signal != nil || time - slot.lastWrite >= Self.interval
      {
        try write(name, scratch, &state)
      }
    }
    if let signal { throw Interrupted(signal: signal) }
  }

  /// Writes every state that waits.
  func flush() throws {
    guard let scratch else { return }
    try state.withLock { state in
      for name in state.slots.keys { try write(name, scratch, &state) }
    }
  }

  private func write(_ name: String, _ scratch: Scratch, _ state: inout State) throws {
    guard var slot = state.slots[name], let waiting = slot.waiting else { return }
    slot.sequence += 1
    let checkpoint = Checkpoint(
      state: waiting, sequence: slot.sequence, fingerprint: try fingerprint(&state))
    try checkpoint.write(to: path(name, slot.sequence, scratch))
    slot.waiting = nil
    slot.lastWrite = now()
    state.slots[name] = slot
  }

  private func read(_ path: String, _ fingerprint: String) -> Checkpoint? {
    do {
      let checkpoint = try Checkpoint(contentsOf: path)
      if checkpoint.fingerprint == fingerprint { return checkpoint }
      events.log(
        "\(path) is of other inputs or parameters and is not used", level: .warning)
    } catch let error as FileError where error.problem == .missing {
      return nil
    } catch {
      events.log("a checkpoint is damaged and is not used: \(error)", level: .warning)
    }
    return nil
  }

  private func path(_ name: String, _ sequence: Int, _ scratch: Scratch) -> String {
    scratch.path(of: "\(name).checkpoint-\(sequence % 2)")
  }

  private func fingerprint(_ state: inout State) throws -> String {
    let fingerprint = try state.fingerprint ?? makeFingerprint()
    state.fingerprint = fingerprint
    return fingerprint
  }
}

/// What trainers see of the store.
struct CheckpointMonitor: TrainingMonitor {
  let prefix: String
  let unit: String
  let store: CheckpointStore
  let events: Events

  func restore(_ name: String) throws -> TrainingState? { try store.restore(prefix + name) }

  func save(_ state: TrainingState, as name: String) throws {
    try store.save(state, as: prefix + name)
  }

  func report(done: Int, total: Int, message: String) {
    let message = prefix.isEmpty ? message : "\(prefix) \(message)"
    events.progress(StageEvent.Progress(done: done, total: total, unit: unit, message: message))
  }

  func report(part: Double, after done: Int, of total: Int) {
    events.progress(
      StageEvent.Progress(done: done, part: part, total: total, unit: unit, message: prefix))
  }
}
