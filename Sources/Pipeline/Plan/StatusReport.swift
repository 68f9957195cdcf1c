import Foundation
import Foundations

/// What `status` and `explain` print of a forecast.
public struct StatusReport {
  let project: Project
  let forecast: Forecast
  let holder: RunLock.Holder?

  /// Looks at a project as it is now.
  ///
  /// - Parameter project: The project.
  /// - Throws: `FileError` where a data file cannot be read.
  public init(_ project: Project) throws {
    self.project = project
    forecast = try Forecast(project)
    holder = RunLock.holder(of: project.store)
  }

  /// `cached`, `running`, `failed`, `interrupted`, `stale` or `waiting`.
  func state(_ entry: Forecast.Entry) -> String {
    if entry.journal?.state == .running, holder?.profile == project.profile { return "running" }
    switch entry.outlook {
    case .decided(.cached): return "cached"
    case .open: return "waiting"
    case .decided:
      guard let journal = entry.journal, journal.key == entry.key else { return "stale" }
      switch journal.state {
      case .failed: return "failed"
      case .interrupted, .running: return "interrupted"
      case .done: return "stale"
      }
    }
  }

  /// One line for each instance under a headline.
  public var text: String {
    let rows = forecast.entries.map { entry in
      var outlook = entry.outlook.description
      if state(entry) == "failed", let message = entry.journal?.message {
        outlook += "; failed: \(message)"
      }
      return [entry.instance.name, state(entry), outlook]
    }
    var headline = "profile \(project.profile): "
    headline += counts.map { "\($0.count) \($0.state)" }.joined(separator: ", ")
    if let holder {
      headline +=
        "; process \(holder.process) runs profile \(holder.profile) "
        + "since \(holder.started.formatted(.iso8601))"
    }
    return headline + "\n"
      + TextTable(titles: ["stage", "state", "what a run would do"], rows: rows).plain
  }

  private var counts: [(state: String, count: Int)] {
    let states = forecast.entries.map(state)
    return ["cached", "running", "stale", "waiting", "interrupted", "failed"].compactMap { name in
      let count = states.count { $0 == name }
      return count > 0 ? (name, count) : nil
    }
  }

  /// One JSON object: `profile`, `running` (null or who runs), `stages` (name, state, reason, key).
  public var json: String {
    let stages = forecast.entries.map { entry -> JSONValue in
      var members: [String: JSONValue] = [
        "instance": .string(entry.instance.name), "stage": .string(entry.instance.stage),
        "state": .string(state(entry)), "reason": .string(entry.outlook.description),
        "key": entry.key.map { .string($0) } ?? .null,
      ]
      members["log"] = entry.journal?.log.map { .string($0) } ?? .null
      members["message"] = entry.journal?.message.map { .string($0) } ?? .null
      return .sorted(members)
    }
    let running = holder.map { holder -> JSONValue in
      .sorted([
        "process": .integer(Int(holder.process)), "profile": .string(holder.profile),
        "started": .string(holder.started.formatted(.iso8601)),
      ])
    }
    return JSONValue.sorted([
      "profile": .string(project.profile), "running": running ?? .null, "stages": .array(stages),
    ]).canonical
  }

  /// The key of each instance that a name stands for, part by part, with what changed.
  ///
  /// - Parameter name: A stage or an instance such as `train-backbone[mf,1]`.
  /// - Returns: A paragraph for each instance.
  /// - Throws: `ConfigurationError` where nothing has that name.
  public func explain(_ name: String) throws -> String {
    let matching = project.plan.matching(name)
    guard !matching.isEmpty else {
      throw ConfigurationError.unknown(
        "stage", name, at: "explain",
        valid: project.configuration.stages.map(\.name))
    }
    return matching.map { explain(forecast.entries[$0]) }.joined(separator: "\n\n")
  }

  private func explain(_ entry: Forecast.Entry) -> String {
    var lines = ["\(entry.instance.name): \(entry.outlook.description)"]
    guard let key = entry.key else { return lines[0] }
    lines.append("  key \(key)")
    if let origin = entry.result?.acceptedFrom {
      lines.append("  accepted: computed by other code, under key \(origin)")
    }
    let width = entry.parts.map(\.label.count).max() ?? 0
    for part in entry.parts {
      let label = part.label.padding(toLength: width, withPad: " ", startingAt: 0)
      var line = "  \(label)  \(part.value.isEmpty ? "(none)" : part.value)"
      let before = entry.previousParts?.first { $0.kind == part.kind && $0.name == part.name }
      if entry.previousParts != nil, before?.value != part.value {
        line += "  (was \(before?.value ?? "absent"))"
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
