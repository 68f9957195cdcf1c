/// What a run would do with each instance, found out without running anything.
public struct Forecast: Sendable {
  public enum Outlook: Sendable, Equatable {
    /// All inputs are known, so the decision is.
    case decided(Decision)
    /// An instance before it runs; whether this one has to depends on what that yields.
    case open(because: [String])

    /// The words that dry runs and `explain` print.
    public var description: String {
      switch self {
      case .decided(let decision): decision.description
      case .open(let reasons): "may run, \(reasons.joined(separator: "; "))"
      }
    }

    /// Whether the store has the result.
    public var isCached: Bool { self == .decided(.cached) }
  }

  public struct Entry: Sendable {
    public var instance: Instance
    public var outlook: Outlook
    /// The key, where all inputs are known.
    public var key: String?
    /// The key's parts, where all inputs are known.
    public var parts: [KeyPart]
    /// The parts of the latest finished result.
    public var previousParts: [KeyPart]?
    public var journal: Journal.Entry?
    /// The result, where it is cached.
    public var result: ActionRecord?
  }

  public var entries: [Entry] = []

  /// Walks the plan from its beginning.
  ///
  /// - Parameters:
  ///   - project: What to look at.
  ///   - forced: Names of stages or instances that run in any case.
  /// - Throws: `FileError` where a data file cannot be read.
  public init(_ project: Project, forced: [String] = []) throws {
    let journal = project.store.journal(project.profile)
    var results: [Int: ActionRecord] = [:]
    for (index, instance) in project.plan.instances.enumerated() {
      let remembered = journal.entries[instance.name]
      let previous = remembered?.finishedKey.flatMap { project.store.action($0)?.parts }
      let running = project.plan.dependencies[index].filter { results[$0] == nil }
      guard running.isEmpty else {
        let names = running.map { project.plan.instances[$0].name }
        entries.append(
          Entry(
            instance: instance, outlook: .open(because: ["after \(Self.list(names))"]),
            key: nil, parts: [], previousParts: previous, journal: remembered, result: nil))
        continue
      }
      let judged = try project.judge(
        index, results: results, remembered: remembered, isForced: project.isForced(index, forced))
      results[index] = judged.result
      entries.append(
        Entry(
          instance: instance, outlook: .decided(judged.decision), key: judged.key,
          parts: judged.parts, previousParts: previous, journal: remembered,
          result: judged.result))
    }
  }

  /// At most three names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    names.count <= 3
      ? names.joined(separator: ", ")
      : names.prefix(2).joined(separator: ", ") + " and \(names.count - 2) more"
  }
}
