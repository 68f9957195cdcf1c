import Evaluation
import Foundation
import Foundations

/// Runs both parts of a profile and publishes the lists.
extension Runner {
  /// Runs the evaluation, then the delivery for the cell that it chose, and publishes the lists if they measure no
  /// worse than those published before.
  ///
  /// - Parameter publishesAnyway: Whether lists that measure worse are published too.
  /// - Returns: The exit code of the command; 1 where the old lists stay.
  /// - Throws: `FileError` where the store cannot be read or written.
  public mutating func deliver(publishesAnyway: Bool) throws -> Int32 {
    let watch = SignalWatch(ringing: inbox.bell)
    return try deliver(publishesAnyway: publishesAnyway) { watch.take() }
  }

  /// Delivers, with the signals since the last call from elsewhere than the system.
  package mutating func deliver(
    publishesAnyway: Bool, heeding signals: () -> [Int32]
  ) throws -> Int32 {
    try settle(heeding: signals)
    guard schedule.isComplete else { return try conclude() }
    let delivery: Delivery
    do {
      delivery = try project.delivery()
      proceed(to: try project.delivering(delivery))
    } catch {
      end(publishing: false, because: "\(error)")
      return try conclude()
    }
    try settle(heeding: signals)
    if schedule.isComplete {
      do {
        try publish(delivery, anyway: publishesAnyway)
      } catch {
        end(publishing: false, because: "\(error)")
      }
    }
    return try conclude()
  }

  /// Goes on with a plan that begins with this one's.
  private mutating func proceed(to longer: Project) {
    precondition(
      longer.plan.instances.map(\.name).starts(with: project.plan.instances.map(\.name)),
      "the evaluation comes first")
    project = longer
    schedule = schedule.continued(with: longer.plan, costs: Self.costs(of: longer, journal))
  }

  private mutating func publish(_ delivery: Delivery, anyway: Bool) throws {
    let files = try filesToPublish()
    let path = Results.path(project.store, profile: project.profile)
    let new = try PublishedEvaluation(
      of: delivery, in: Results(contentsOf: path, profile: project.profile), path: path,
      time: clock.date)
    let publisher = Publisher(project.store, profile: project.profile)
    if publisher.isPublished(files, new) {
      end(publishing: true, because: "\(new.figure), as they are")
      return
    }
    let old =
      anyway
      ? try? Publication(project.store, profile: project.profile)?.evaluation
      : try Publication(project.store, profile: project.profile)?.evaluation
    let tolerance = project.selection.profile.tolerance ?? project.configuration.tolerance
    let verdict = Gate(tolerance: tolerance).judge(new, after: old)
    let reason = reason(verdict, new, old, tolerance)
    guard verdict != .worse || anyway else {
      end(
        publishing: false, because: reason,
        wayOut: "--force \(Publication.step) publishes all the same, and so does a larger "
          + "publish.tolerance in \(project.configuration.file)")
      return
    }
    try publisher.prepare(files, new, name: run)
    try publisher.swap(to: run)
    end(publishing: true, because: reason)
  }

  /// The lists and whose they are.
  private func filesToPublish() throws(ConfigurationError) -> [ActionRecord.Output] {
    func outputs(of stage: String) throws(ConfigurationError) -> [ActionRecord.Output] {
      let found = project.plan.matching(stage).compactMap { results[$0] }
      guard found.count == 1, let action = found.first else {
        throw ConfigurationError(
          project.configuration.file, key: "stages.\(stage).each",
          found: "\(found.count) instances for what is delivered", expected: "one")
      }
      return action.outputs
    }
    let choice = try outputs(of: Project.choosingStage).filter {
      $0.file == Publication.deliveryFile
    }
    return try outputs(of: Project.listingStage) + choice
  }

  private func reason(
    _ verdict: Gate.Verdict, _ new: PublishedEvaluation, _ old: PublishedEvaluation?,
    _ tolerance: Double
  ) -> String {
    guard let old else {
      let isFirst = Publication.folder(project.store, profile: project.profile) == nil
      return "\(new.figure), " + (isFirst ? "the first lists" : "after figures that cannot be read")
    }
    switch verdict {
    case .first, .noWorse: return "\(new.figure) after \(old.figure)"
    case .incomparable:
      return "\(new.figure); \(new.protocolName), cannot be compared with \(old.protocolName), "
        + "published before"
    case .worse:
      return
        "\(new.figure) is worse than \(old.figure), published \(old.time.formatted(.iso8601)), "
        + "by more than \(Format.decimal(tolerance * 100, 1)) %"
    }
  }

  /// Notes what became of the lists, and says it with what can be done about it.
  private mutating func end(
    publishing isPublished: Bool, because reason: String, wayOut: String? = nil
  ) {
    publication = RunRecord.Publication(isPublished: isPublished, reason: reason)
    let parts = [
      isPublished ? "published" : "not published, the old lists stay", reason, wayOut,
    ]
    console.line("\(Publication.step): \(parts.compactMap { $0 }.joined(separator: "; "))")
  }
}
