import Foundation
import Foundations
import Testing

/// A folder of its own with the repository's `pipeline.yaml`, in which the built command runs.
final class Workspace: Sendable {
  let folder: URL

  /// A demo small enough to run often: all stages, all three tasks, one seed.
  static let small = [
    "--profile", "demo", "--set", "seeds=1", "--set", "preprocess.demoUsers=80", "--set",
    "preprocess.demoItems=60", "--set", "preprocess.demoInteractions=1600", "--set",
    "pretrain-llm.epochs=3", "--set", "train-backbone.epochs=4", "--set",
    "retrain-augmented.epochs=4", "--set", "tune-llm.epochs=2",
  ]

  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Where the real data sets lie: LLAMA4REC_DATA, or shared/data beside the repository.
  static let data: URL? = {
    let named = ProcessInfo.processInfo.environment["LLAMA4REC_DATA"].map { URL(filePath: $0) }
    let candidates = [named, repository.appending(path: "../shared/data").standardized]
    return candidates.compactMap { $0 }
      .first { FileManager.default.fileExists(atPath: $0.appending(path: "ml-100k").path) }
  }()

  /// An executable that was built with these tests.
  static func built(_ name: String) -> URL? {
    [URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), Bundle.main.bundleURL]
      .map { $0.deletingLastPathComponent().appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "pipeline-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Self.repository.appending(path: "pipeline.yaml"),
      to: folder.appending(path: "pipeline.yaml"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs the command to its end.
  func call(_ arguments: [String]) throws -> Outcome {
    try finish(begin(arguments))
  }

  /// Starts the command.
  func begin(_ arguments: [String]) throws -> Process {
    let process = Process()
    let command: URL = try #require(
      Self.built("llama4rec"), "llama4rec is built beside the tests")
    process.executableURL = command
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let name = UUID().uuidString
    for kind in ["out", "err"] { try Data().write(to: folder.appending(path: "\(name).\(kind)")) }
    process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "\(name).out"))
    process.standardError = try FileHandle(forWritingTo: folder.appending(path: "\(name).err"))
    process.environment = ProcessInfo.processInfo.environment.merging(["CALL": name]) { $1 }
    try process.run()
    return process
  }

  /// Waits for a command that was started.
  func finish(_ process: Process) -> Outcome {
    process.waitUntilExit()
    let name = process.environment?["CALL"] ?? ""
    return Outcome(
      code: process.terminationReason == .exit
        ? process.terminationStatus : 128 + process.terminationStatus,
      output: read("\(name).out"), errors: read("\(name).err"))
  }

  func read(_ name: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data(),
      as: UTF8.self)
  }

  /// Every artifact of a profile, by its readable name, with the digest of its bytes.
  func artifacts(of profile: String) throws -> [String: String] {
    let root = folder.appending(path: "artifacts/\(profile)").path
    var result: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: root)
    where name.contains("/") && URL(filePath: name).pathExtension != "" {
      result[name] = try Digest.sha256(fileAt: "\(root)/\(name)")
    }
    return result
  }

  /// Whether a stage has begun in any run so far that wrote logs: how many logs carry its name.
  func logs(of stage: String) -> Int {
    let root = folder.appending(path: "artifacts/logs").path
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
    return names.count { URL(filePath: $0).lastPathComponent.hasPrefix(stage) }
  }

  /// Waits until a condition holds; the limit only ends a test that would otherwise hang.
  func wait(_ what: String, until condition: () -> Bool) throws {
    let limit = Date().addingTimeInterval(300)
    while !condition() {
      try #require(Date() < limit, "waited five minutes for \(what)")
      usleep(2_000)
    }
  }
}
