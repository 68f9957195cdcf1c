import Foundation
import Foundations

/// Takes over the last results of stages of which nothing but the code has changed since.
///
/// For a change of code that is known to be harmless, such as a message: what would be computed anew is what
/// is there already. Whoever accepts vouches for that; the result says so from then on.
public struct Acceptance {
  private let project: Project
  /// The results that are taken over, under the keys of the code as it is now.
  private(set) var accepted: [Int: ActionRecord] = [:]
  /// The names of instances whose result is there without it.
  private var cached: [String] = []

  /// Finds what can be taken over, and changes nothing.
  ///
  /// - Parameters:
  ///   - project: The project, as a run would load it.
  ///   - names: Stages or instances.
  /// - Throws: `ConfigurationError` where an instance has no earlier result, more than its code has changed,
  ///   or one before it has to run; `FileError` where a data file cannot be read.
  public init(_ project: Project, names: [String]) throws {
    self.project = project
    for name in names where project.plan.matching(name).isEmpty {
      throw ConfigurationError.unknownStage(name, at: "accept", in: project)
    }
    let wanted = Set(names.flatMap(project.plan.matching))
    let journal = project.store.journal(project.profile)
    var results: [Int: ActionRecord] = [:]
    for (index, instance) in project.plan.instances.enumerated() {
      if let missing = project.plan.dependencies[index].first(where: { results[$0] == nil }) {
        guard wanted.contains(index) else { continue }
        throw Self.refusal(
          instance,
          found: "\(project.plan.instances[missing].name) has no result that is up to date",
          expected: "one; accept or run it first")
      }
      let remembered = journal.entries[instance.name]
      let judged = try project.judge(
        index, results: results, remembered: remembered, isForced: false)
      results[index] = judged.result
      guard wanted.contains(index) else { continue }
      if judged.result != nil {
        cached.append(instance.name)
        continue
      }
      guard let earlier = remembered?.finishedKey.flatMap(project.store.action) else {
        throw Self.refusal(instance, found: "no earlier result", expected: "one; run it")
      }
      if let damage = project.store.damage(of: earlier) {
        throw Self.refusal(instance, found: damage, expected: "a whole result; run it")
      }
      guard KeyDifference.isCodeAlone(from: earlier.parts, to: judged.parts) else {
        let changes = KeyDifference.phrases(from: earlier.parts, to: judged.parts)
        throw Self.refusal(
          instance, found: changes.joined(separator: "; "),
          expected: "a change of its code and of nothing else; run it")
      }
      var adopted = earlier
      adopted.key = judged.key
      adopted.parts = judged.parts
      adopted.acceptedFrom = earlier.acceptedFrom ?? earlier.key
      accepted[index] = adopted
      results[index] = adopted
    }
  }

  private static func refusal(
    _ instance: Instance, found: String, expected: String
  ) -> ConfigurationError {
    ConfigurationError("accept", key: instance.name, found: found, expected: expected)
  }

  /// Takes the results over and notes it in the history; the caller holds the lock of the store.
  ///
  /// - Parameter clock: The time.
  /// - Throws: `FileError` where the store cannot be written.
  public func perform(clock: some RunClock = SystemClock()) throws {
    guard !accepted.isEmpty else { return }
    var journal = project.store.journal(project.profile)
    var keys: [String: String] = [:]
    for action in accepted.values {
      try project.store.write(action)
      let log = journal.entries[action.instance]?.log
      journal.entries[action.instance] = Journal.Entry(
        state: .done, key: action.key, finishedKey: action.key, log: log)
      keys[action.instance] = action.key
    }
    try project.store.write(journal, profile: project.profile)
    let now = clock.date
    try History(project.store).append(
      RunRecord(
        run: RunRecord.identifier(of: now), profile: project.profile, started: now, ended: now,
        exitCode: 0, cached: 0, ran: 0, failed: 0, total: project.plan.instances.count, keys: keys,
        accepted: keys.keys.sorted()))
  }

  /// A line for each instance, and how many there were.
  public var text: String {
    let lines =
      accepted.keys.sorted().map { index in
        "\(project.plan.instances[index].name): accepted, although its code changed"
      } + cached.map { "\($0): cached" }
    return (lines + ["\(accepted.count) accepted"]).joined(separator: "\n")
  }
}
