import Artifacts
import Foundation
import Foundations

/// Reads every byte of the store again and takes out what is not what its name says.
public struct Verification: Sendable, Equatable {
  /// One thing that is wrong.
  public struct Damage: Sendable, Equatable {
    /// The path in the store.
    public var path: String
    public var problem: String
    /// The instances whose result it was part of.
    public var instances: [String]
  }

  public var objects = 0
  public var bytes = 0
  public var damages: [Damage] = []

  /// Checks a store whose lock the caller holds.
  ///
  /// Damaged files move to `quarantine/`, so that the next run computes them again.
  /// - Parameter store: The store.
  /// - Throws: An error of the file system.
  public init(_ store: Store) throws {
    var users: [String: Set<String>] = [:]
    for name in try Self.names(store.path("actions")) where name.hasSuffix(".json") {
      let key = String(name.dropLast(".json".count))
      guard let action = store.action(key) else {
        let path = "actions/\(name)"
        damages.append(Damage(path: path, problem: "is no readable record", instances: []))
        try Self.quarantine(path, store)
        continue
      }
      for output in action.outputs {
        users[output.digest, default: []].insert(action.instance)
      }
    }
    var sound: Set<String> = []
    for folder in try Self.names(store.path("objects")) {
      for name in try Self.names(store.path("objects/\(folder)")) {
        let path = "objects/\(folder)/\(name)"
        let digest = try Digest.sha256(fileAt: store.path(path))
        let size = try FileManager.default.attributesOfItem(atPath: store.path(path))[.size]
        objects += 1
        bytes += size as? Int ?? 0
        if digest == name {
          sound.insert(name)
          continue
        }
        damages.append(
          Damage(
            path: path, problem: "holds other bytes than its name says",
            instances: (users[name] ?? []).sorted()))
        users[name] = nil
        try Self.quarantine(path, store)
      }
    }
    for (digest, instances) in users.sorted(by: { $0.key < $1.key })
    where !sound.contains(digest) {
      damages.append(
        Damage(
          path: "objects/\(digest.prefix(2))/\(digest)", problem: "is missing",
          instances: instances.sorted()))
    }
  }

  /// The instances to run again.
  public var affected: [String] { Set(damages.flatMap(\.instances)).sorted() }

  /// The outcome for people: each damage, and what to do about it.
  public var text: String {
    var lines = damages.map { damage in
      let owners =
        damage.instances.isEmpty ? "" : " (\(damage.instances.joined(separator: ", ")))"
      return "\(damage.path) \(damage.problem)\(owners)"
    }
    lines.append("read \(objects) objects, \(Format.bytes(bytes)): \(damages.count) damaged")
    if !affected.isEmpty {
      lines.append("the next run computes again: \(affected.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  private static func names(_ folder: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private static func quarantine(_ path: String, _ store: Store) throws {
    try Files.makeFolder(store.path("quarantine"))
    let target = store.path("quarantine/\(path.replacing("/", with: "-"))")
    try? FileManager.default.removeItem(atPath: target)
    try FileManager.default.moveItem(atPath: store.path(path), toPath: target)
  }
}
