import Artifacts
import Foundation
import Foundations

/// Drops from the store what no kept run needs.
public struct Collector {
  /// What was, or would be, dropped.
  public struct Outcome: Sendable, Equatable {
    public var objects = 0
    public var actions = 0
    public var folders = 0
    public var bytes = 0

    /// One line for people.
    public func text(isRehearsal: Bool) -> String {
      let verb = isRehearsal ? "would drop" : "dropped"
      return
        "\(verb) \(objects) objects, \(actions) results and \(folders) folders: "
        + Format.bytes(bytes)
    }
  }

  let store: Store

  /// A collector for a store whose lock the caller holds.
  public init(_ store: Store) { self.store = store }

  /// Keeps what the last runs of each profile refer to, its last publications and the one that readers have, and
  /// drops the rest.
  ///
  /// - Parameters:
  ///   - runs: How many runs of each profile to keep, and how many publications.
  ///   - isRehearsal: Whether to count only.
  /// - Returns: What was dropped.
  /// - Throws: An error of the file system.
  public func collect(keeping runs: Int, isRehearsal: Bool) throws -> Outcome {
    let all = History(store).records()
    let history = all.filter { $0.accepted == nil }
    let profiles = Set(history.map(\.profile))
    var keys: Set<String> = []
    var works: Set<String> = []
    for profile in profiles {
      for run in history.filter({ $0.profile == profile }).suffix(runs) {
        keys.formUnion(run.keys.values)
      }
      // What was accepted is none of the runs that count, and is needed as long as they are.
      for record in all where record.profile == profile && record.accepted != nil {
        keys.formUnion(record.keys.values)
      }
      for entry in store.journal(profile).entries.values {
        if entry.state == .done { keys.insert(entry.key) } else { works.insert(entry.key) }
        if let finished = entry.finishedKey { keys.insert(finished) }
      }
    }
    let objects = Set(keys.compactMap(store.action).flatMap { $0.outputs.map(\.digest) })

    var outcome = Outcome()
    for profile in names(in: "publications") {
      let published = Publication.folder(store, profile: profile).map(name)
      let all = names(in: "publications/\(profile)")
      let recent = all.filter { !$0.hasPrefix(".") }.suffix(runs)
      for folder in all where folder != published && !recent.contains(folder) {
        outcome.folders += 1
        outcome.bytes += try dropPublication("publications/\(profile)/\(folder)", isRehearsal)
      }
    }
    for path in files(in: "objects") where !objects.contains(name(path)) {
      outcome.objects += 1
      outcome.bytes += try drop(path, isRehearsal)
    }
    for path in files(in: "actions") where !keys.contains(name(path).replacing(".json", with: "")) {
      outcome.actions += 1
      outcome.bytes += try drop(path, isRehearsal)
    }
    for folder in names(in: "work") where !works.contains(folder) {
      outcome.folders += 1
      for path in files(in: "work/\(folder)") { outcome.bytes += try drop(path, isRehearsal) }
      if !isRehearsal { try FileManager.default.removeItem(atPath: store.workPath(folder)) }
    }
    let kept = Set(history.suffix(runs * max(1, profiles.count)).map(\.run))
    for run in names(in: "logs") where !kept.contains(run) {
      outcome.folders += 1
      for path in files(in: "logs/\(run)") { outcome.bytes += try drop(path, isRehearsal) }
      if !isRehearsal {
        try FileManager.default.removeItem(atPath: store.path("logs/\(run)"))
      }
    }
    return outcome
  }

  /// Removes a publication, unless this is a rehearsal, and tells the bytes that only it had: its files are objects
  /// under another name.
  private func dropPublication(_ folder: String, _ isRehearsal: Bool) throws -> Int {
    var bytes = 0
    for path in files(in: folder) {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      if attributes[.referenceCount] as? Int == 1 { bytes += attributes[.size] as? Int ?? 0 }
    }
    if !isRehearsal { try FileManager.default.removeItem(atPath: store.path(folder)) }
    return bytes
  }

  private func name(_ path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: store.path(folder))) ?? []).sorted()
  }

  /// All files below a folder of the store.
  private func files(in folder: String) -> [String] {
    let root = store.path(folder)
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
    return names.sorted().map { "\(root)/\($0)" }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }

  /// Removes a file, unless this is a rehearsal, and tells its size.
  private func drop(_ path: String, _ isRehearsal: Bool) throws -> Int {
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    if !isRehearsal { try FileManager.default.removeItem(atPath: path) }
    return size
  }
}
