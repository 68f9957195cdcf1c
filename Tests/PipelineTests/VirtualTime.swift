import Foundation
import Pipeline
import Synchronization
import Testing

/// Time that passes only while a run waits, and then at once: up to what is due next.
final class VirtualTime: RunClock {
  private struct Item {
    var moment: Double
    var action: @Sendable () -> Void
  }
  private struct State {
    var seconds = 0.0
    var agenda: [Item] = []
    var signals: [Int32] = []
  }
  private let state = Mutex(State())

  /// 2026-01-01T00:00:00Z at the beginning.
  var date: Date { Date(timeIntervalSince1970: 1_767_225_600 + seconds) }
  var seconds: Double { state.withLock { $0.seconds } }

  /// Has something happen after some seconds.
  func after(_ delay: Double, _ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.agenda.append(Item(moment: $0.seconds + delay, action: action)) }
  }

  /// Has a signal come after some seconds.
  func signal(_ number: Int32, after delay: Double) {
    after(delay) { self.state.withLock { $0.signals.append(number) } }
  }

  /// The signals since the last call.
  func takeSignals() -> [Int32] {
    state.withLock { state in
      defer { state.signals = [] }
      return state.signals
    }
  }

  /// Everything runs on one thread here, so what is due next is what will ring the bell, unless it has rung.
  func wait(for bell: Doorbell, atMost seconds: Double?) {
    if bell.wait(atMost: 0) { return }
    let action: (@Sendable () -> Void)? = state.withLock { state in
      let limit = seconds.map { state.seconds + $0 } ?? .infinity
      let next = state.agenda.indices.min { state.agenda[$0].moment < state.agenda[$1].moment }
      guard let next, state.agenda[next].moment <= limit else {
        precondition(limit.isFinite, "the run waits for something that never happens")
        state.seconds = limit
        return nil
      }
      let item = state.agenda.remove(at: next)
      state.seconds = max(state.seconds, item.moment)
      return item.action
    }
    action?()
  }
}
