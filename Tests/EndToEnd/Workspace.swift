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

  /// The folder of the executables that were built with these tests.
  static let executables: URL? = {
    [URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), Bundle.main.bundleURL]
      .map { $0.deletingLastPathComponent() }
      .first {
        FileManager.default.isExecutableFile(atPath: $0.appending(path: "llama4rec").path)
      }
  }()

  /// One of them.
  static func executable(_ name: String) throws -> URL {
    let folder: URL = try #require(executables, "\(name) is built beside the tests")
    return folder.appending(path: name)
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "pipeline-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Self.repository.appending(path: "pipeline.yaml"),
      to: folder.appending(path: "pipeline.yaml"))
    try FileManager.default.copyItem(
      at: Self.repository.appending(path: "prompts"), to: folder.appending(path: "prompts"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs the command, or another executable, to its end.
  func call(_ arguments: [String], executable: String = "llama4rec") throws -> Outcome {
    try finish(begin(arguments, executable: executable))
  }

  /// Starts the command, or another executable.
  func begin(_ arguments: [String], executable: String = "llama4rec") throws -> Process {
    let process = Process()
    process.executableURL = try Self.executable(executable)
    process.arguments = arguments
    process.currentDirectoryURL = self.folder
    let name = UUID().uuidString
    func output(_ kind: String) throws -> FileHandle {
      let file = self.folder.appending(path: "\(name).\(kind)")
      try Data().write(to: file)
      return try FileHandle(forWritingTo: file)
    }
    process.standardOutput = try output("out")
    process.standardError = try output("err")
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

  func read(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

  /// A file's bytes; none where there is no file.
  func bytes(_ name: String) -> Data {
    FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data()
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
