import Foundation
import Foundations
import Pipeline
import StageProtocol
import Synchronization
import Testing

/// The pipeline of `TestSpace` on a recorded executor: runs in this process and in virtual time.
final class RecordedSpace {
  let folder: URL
  let time = VirtualTime()
  let executor: RecordedExecutor
  private let pipeline: String

  init(
    pipeline: String = TestSpace.pipeline, stages: [StageDescription] = TestSpace.stages
  ) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "recorded-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    executor = RecordedExecutor(time, stages: stages)
    self.pipeline = pipeline
    for name in ["bin", "data"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    try write("pipeline.yaml", pipeline)
    try write("data/rows.txt", "1 2 3\n")
    for stage in stages {
      let name = "bin/stage-\(stage.stage)"
      try write(name, "code of \(stage.stage)")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: path(name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  var store: Store { Store(root: path("artifacts")) }

  struct Outcome {
    var code: Int32
    /// Without the time at the start of each.
    var lines: [String]
    /// The virtual seconds that the run took.
    var seconds: Double
  }

  /// The project as the command would load it.
  func project(
    _ profile: String = "small", set assignments: [String] = [], until: String? = nil
  ) throws -> Project {
    var options = ProjectOptions()
    options.pipeline = path("pipeline.yaml")
    options.profile = profile
    options.data = path("data")
    options.artifacts = path("artifacts")
    options.assignments = assignments
    options.until = until
    options.executables = path("bin")
    return try Project.load(options, executor: executor, clock: time)
  }

  /// Runs to the end.
  func run(
    _ profile: String = "small", set assignments: [String] = [],
    until: String? = nil, _ change: (inout RunOptions) -> Void = { _ in }
  ) throws -> Outcome {
    try perform(project(profile, set: assignments, until: until), change) { runner in
      try runner.perform(heeding: time.takeSignals)
    }
  }

  /// Runs both parts to the end and publishes.
  func deliver(
    _ profile: String = "small", anyway: Bool = false,
    _ change: (inout RunOptions) -> Void = { _ in }
  ) throws -> Outcome {
    try perform(project(profile), change) { runner in
      try runner.deliver(publishesAnyway: anyway, heeding: time.takeSignals)
    }
  }

  private func perform(
    _ project: Project, _ change: (inout RunOptions) -> Void,
    _ body: (inout Runner) throws -> Int32
  ) throws -> Outcome {
    var options = RunOptions()
    options.jobs = 2
    change(&options)
    let output = Mutex("")
    let console = Console(isLive: false, clock: time) { text in output.withLock { $0 += text } }
    let began = time.seconds
    var runner = try Runner(
      project: project, options: options, console: console, executor: executor, clock: time)
    let code = try body(&runner)
    let lines = output.withLock { $0 }.split(separator: "\n").map {
      String($0.replacing(#/^\d{4}-\d\d-\d\dT[\d:]+Z /#, with: ""))
    }
    return Outcome(code: code, lines: lines, seconds: time.seconds - began)
  }
}

extension RecordedSpace {
  /// The stored result of a key.
  func record(_ key: String) -> ActionRecord? {
    Records.read(ActionRecord.self, at: path("artifacts/actions/\(key).json"))
  }

  /// Changes what the last runs of a profile left behind.
  func change(_ profile: String, _ body: (inout Journal) throws -> Void) throws {
    var journal = store.journal(profile)
    try body(&journal)
    try Files.writeAtomically(
      try Records.encode(journal), to: path("artifacts/\(profile)/journal.json"))
  }
}
