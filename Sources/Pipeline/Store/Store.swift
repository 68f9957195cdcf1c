import Artifacts
import Foundation
import Foundations
import Glibc
import StageProtocol

/// The content-addressed store in `artifacts/`.
///
/// Results and content are two stores: `actions/KEY.json` says which outputs a cache key led to,
/// `objects/XX/SHA256` holds their bytes. An action file is written after its objects are synced, so
/// a killed run leaves either a whole result or none.
public struct Store: Sendable {
  /// The folder of the store.
  public let root: String

  /// A store in a folder that exists or can be made.
  public init(root: String) { self.root = root }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  /// The path of an object by its digest.
  public func objectPath(_ digest: String) -> String {
    path("objects/\(digest.prefix(2))/\(digest)")
  }

  func actionPath(_ key: String) -> String { path("actions/\(key).json") }

  /// Where a stage keeps its checkpoints until it completes.
  func scratchPath(_ key: String) -> String { path("work/\(key)/scratch") }

  /// Where a stage writes its outputs.
  func outputFolder(_ key: String) -> String { path("work/\(key)/out") }

  /// Where language models' answers are kept; no part of any key, and nothing that is collected.
  public var answersPath: String { path("answers.sqlite") }

  func workPath(_ key: String) -> String { path("work/\(key)") }

  /// Whether an unfinished attempt left something in its scratch folder.
  func hasCheckpoint(_ key: String) -> Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: scratchPath(key))
    return names?.isEmpty == false
  }

  // MARK: Actions

  /// The result of a key; nil where there is none or its file cannot be read.
  func action(_ key: String) -> ActionRecord? {
    let record = Records.read(ActionRecord.self, at: actionPath(key))
    return record?.key == key ? record : nil
  }

  /// What is wrong with the first of a result's outputs that is missing or has another size.
  func damage(of action: ActionRecord) -> String? {
    for output in action.outputs {
      var status = stat()
      guard stat(objectPath(output.digest), &status) == 0 else {
        return "output \(output.name) is missing from the store"
      }
      guard Int(status.st_size) == output.bytes else {
        return
          "output \(output.name) is damaged (\(status.st_size) bytes, expected \(output.bytes))"
      }
    }
    return nil
  }

  /// Moves a finished stage's outputs into the store and records the result.
  ///
  /// - Throws: `FileError` where an output is missing or the disk fails.
  func commit(
    key: String, instance: Instance, parts: [KeyPart], usage: ActionRecord.Usage
  ) throws -> ActionRecord {
    var outputs: [ActionRecord.Output] = []
    for output in instance.outputs {
      let written = "\(outputFolder(key))/\(output.file)"
      let digest = try Digest.sha256(fileAt: written)
      var status = stat()
      guard stat(written, &status) == 0 else {
        throw FileError(path: written, operation: "read", problem: .missing)
      }
      let object = objectPath(digest)
      try Files.makeFolder(String(object.prefix(object.count - digest.count - 1)))
      try Files.sync(written)
      chmod(written, 0o444)
      try Files.rename(written, to: object)
      outputs.append(
        ActionRecord.Output(
          name: output.name, file: output.file, digest: digest, bytes: Int(status.st_size)))
    }
    let record = ActionRecord(
      key: key, instance: instance.name, parts: parts, outputs: outputs, usage: usage)
    try write(record)
    try? FileManager.default.removeItem(atPath: workPath(key))
    return record
  }

  /// Records a result whose outputs the store holds.
  func write(_ record: ActionRecord) throws {
    try Files.makeFolder(path("actions"))
    try Files.writeAtomically(try Records.encode(record, pretty: true), to: actionPath(record.key))
  }

  // MARK: Readable names

  /// The readable path of an output: `artifacts/PROFILE/STAGE/mf-1/model.safetensors.zst`.
  public func linkPath(profile: String, folder: String, file: String) -> String {
    path("\(profile)/\(folder)/\(file)")
  }

  /// Gives the outputs of an instance their readable names: hard links, or symbolic ones where the file
  /// system has no others.
  ///
  /// Tools such as `zstd` open a hard link as any file, and its name has the suffix that they look for.
  func link(_ action: ActionRecord, profile: String, folder: String) throws {
    let up = String(repeating: "../", count: folder.split(separator: "/").count + 1)
    for output in action.outputs {
      let link = linkPath(profile: profile, folder: folder, file: output.file)
      let object = objectPath(output.digest)
      if Files.areOne(link, object) { continue }
      try Files.makeFolder(path("\(profile)/\(folder)"))
      let temporary = "\(link).\(getpid()).tmp"
      unlink(temporary)
      let target = "\(up)objects/\(output.digest.prefix(2))/\(output.digest)"
      guard Glibc.link(object, temporary) == 0 || symlink(target, temporary) == 0 else {
        throw FileError(path: link, operation: "write", code: errno)
      }
      try Files.rename(temporary, to: link)
    }
  }

  /// Gives an object another name that stays valid when the store drops the object: a hard link, or a copy where
  /// the file system has none.
  func place(_ digest: String, at path: String) throws {
    let object = objectPath(digest)
    guard Glibc.link(object, path) != 0 else { return }
    try Files.writeAtomically(to: path) { try Files.readPieces(object, $0) }
  }

  // MARK: Journal

  func journalPath(_ profile: String) -> String { path("\(profile)/journal.json") }

  /// The journal of a profile; an unreadable one counts as empty.
  public func journal(_ profile: String) -> Journal {
    Records.read(Journal.self, at: journalPath(profile)) ?? Journal()
  }

  func write(_ journal: Journal, profile: String) throws {
    try Files.makeFolder(path(profile))
    try Files.writeAtomically(
      try Records.encode(journal, pretty: true), to: journalPath(profile))
  }
}
