/// The state of every instance of a run, and the rules by which it changes.
///
/// The driver asks what to decide and what to start, does it, and reports what came of it; nothing
/// here touches a file, a process or a clock.
public struct Schedule: Sendable {
  public enum State: Sendable, Equatable {
    /// Some instance that it reads from is not done.
    case waiting
    /// All that it reads from is done; cached or not is yet to be found out.
    case undecided
    /// It has to run and waits for a free place.
    case ready
    case running
    /// The store had the result.
    case cached
    /// It ran and its outputs are in the store.
    case finished
    case failed
    /// Something that it reads from failed.
    case skipped
  }

  /// Why nothing new is started.
  public enum Stop: Sendable, Equatable {
    case failure
    case signal(Int32)
  }

  public private(set) var states: [State]
  public private(set) var stop: Stop?
  /// How many instances may run side by side.
  public let jobs: Int
  /// Whether instances that do not depend on a failed one still run.
  public let keepsGoing: Bool

  private let dependencies: [[Int]]
  private let dependents: [[Int]]
  private let priorities: [Double]

  /// A schedule in which everything without inputs is undecided and everything else waits.
  ///
  /// - Parameters:
  ///   - plan: What is to be done.
  ///   - costs: The expected seconds of each instance; the longest chain of them goes first.
  ///   - jobs: How many instances may run side by side.
  ///   - keepsGoing: Whether a failure stops only what depends on it.
  public init(_ plan: Plan, costs: [Double], jobs: Int, keepsGoing: Bool) {
    precondition(jobs > 0, "at least one job")
    self.jobs = jobs
    self.keepsGoing = keepsGoing
    dependencies = plan.dependencies
    dependents = plan.dependents
    priorities = plan.remainingCosts(costs)
    states = dependencies.map { $0.isEmpty ? .undecided : .waiting }
  }

  /// The schedule of a longer plan that begins with this one's, of which everything is done.
  ///
  /// - Parameters:
  ///   - plan: The longer plan.
  ///   - costs: The expected seconds of each of its instances.
  /// - Returns: A schedule that goes on where this one ended, unless a signal stopped it.
  public func continued(with plan: Plan, costs: [Double]) -> Schedule {
    precondition(isComplete && plan.instances.count >= states.count, "it ends before it goes on")
    var longer = Schedule(plan, costs: costs, jobs: jobs, keepsGoing: keepsGoing)
    longer.stop = stop
    longer.states.replaceSubrange(states.indices, with: states)
    for index in longer.states.indices.dropFirst(states.count) {
      let isReleased = longer.dependencies[index].allSatisfy(states.indices.contains)
      longer.states[index] = isReleased ? .undecided : .waiting
    }
    return longer
  }

  /// An instance whose cache key can be computed now, if there is one.
  public var nextToDecide: Int? { stop == nil ? states.firstIndex(of: .undecided) : nil }

  /// The ready instance on the longest chain of remaining work, if a place is free.
  public var nextToStart: Int? {
    guard stop == nil, count(.running) < jobs else { return nil }
    var best: Int?
    for index in states.indices where states[index] == .ready {
      if let found = best, priorities[found] >= priorities[index] { continue }
      best = index
    }
    return best
  }

  /// Whether nothing runs and nothing more will.
  public var isSettled: Bool {
    count(.running) == 0 && nextToDecide == nil && nextToStart == nil
  }

  public func count(_ state: State) -> Int { states.count { $0 == state } }

  /// Whether every instance has its result.
  public var isComplete: Bool { states.allSatisfy { $0 == .cached || $0 == .finished } }

  /// Notes that the store has, or has not, the result of an undecided instance.
  public mutating func decide(_ index: Int, isCached: Bool) {
    precondition(states[index] == .undecided, "only what is undecided can be decided")
    states[index] = isCached ? .cached : .ready
    if isCached { release(index) }
  }

  /// Notes that a ready instance was started.
  public mutating func start(_ index: Int) {
    precondition(states[index] == .ready, "only what is ready can start")
    states[index] = .running
  }

  /// Notes that a running instance ended with its outputs in the store.
  public mutating func finish(_ index: Int) {
    precondition(states[index] == .running, "only what runs can finish")
    states[index] = .finished
    release(index)
  }

  /// Notes that a running instance failed: what depends on it is skipped, and unless the run keeps
  /// going nothing new starts.
  public mutating func fail(_ index: Int) {
    precondition(states[index] == .running, "only what runs can fail")
    states[index] = .failed
    skipDependents(of: index)
    if !keepsGoing, stop == nil { stop = .failure }
  }

  /// Notes that a signal asked the run to end; a signal outranks a failure.
  public mutating func interrupt(_ signal: Int32) {
    if case .signal = stop { return }
    stop = .signal(signal)
  }

  private mutating func release(_ index: Int) {
    for dependent in dependents[index] where states[dependent] == .waiting {
      let isReleased = dependencies[dependent].allSatisfy {
        states[$0] == .cached || states[$0] == .finished
      }
      if isReleased { states[dependent] = .undecided }
    }
  }

  private mutating func skipDependents(of index: Int) {
    for dependent in dependents[index] where states[dependent] == .waiting {
      states[dependent] = .skipped
      skipDependents(of: dependent)
    }
  }
}
