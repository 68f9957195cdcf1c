import Foundation
import Foundations
import StageProtocol
import Testing

/// A folder with a small pipeline of shell scripts and a copy of the command beside them.
///
/// The scripts keep the stage protocol. Each run of one adds a line to `trace`; a hook in
/// `NAME.hook` runs before the outputs are written and can fail, wait or look around, and because
/// it is a file of its own it changes no cache key.
final class TestSpace {
  let folder: URL

  static let pipeline = """
    version: 1
    aliases: {taste: prepare.taste}
    axes:
      models: [a, b]
      seeds: [1, 2]
    stages:
      prepare:
        inputs: {rows: file.rows}
        outputs: [table]
      train:
        each: [models, seeds]
        parameters: {model: "${model}", seed: "${seed}"}
        inputs:
          table: prepare.table
          hint: {from: prepare.table, only: [b]}
        outputs: [model]
      report:
        inputs: {models: train.model}
        outputs: [report]
    profiles:
      small:
        files: {rows: rows.txt}
        parameters:
          train@b: {rate: 0.5}
      tiny:
        files: {rows: rows.txt}
        axes: {models: [a], seeds: [1]}
    """

  init(
    pipeline: String = TestSpace.pipeline, stages: [StageDescription] = TestSpace.stages
  ) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "runner-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "bin"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "data"), withIntermediateDirectories: true)
    let command = try #require(Self.command, "the command llama4rec is built beside the tests")
    let copy = folder.appending(path: "bin/llama4rec")
    if (try? FileManager.default.linkItem(at: command, to: copy)) == nil {
      try FileManager.default.copyItem(at: command, to: copy)
    }
    try write("pipeline.yaml", pipeline)
    try write("data/rows.txt", "1 2 3\n")
    for description in stages { try stage(description) }
  }

  /// What the scripts say of themselves.
  static let stages = [
    StageDescription(
      name: "prepare", summary: "Makes the table.",
      inputs: [.init("rows", "numbers", optional: true)],
      outputs: [.init("table", schema: "table", file: "table.txt", "the table")],
      parameters: [
        .string("taste", default: "all", choices: ["all", "likes"], "which rows count")
      ]),
    StageDescription(
      name: "train", summary: "Makes a model.",
      inputs: [
        .init("table", schema: "table", "the table"),
        .init("hint", schema: "table", "another look at it", optional: true),
      ], outputs: [.init("model", schema: "model", file: "model.txt", "the model")],
      parameters: [
        .string("model", default: nil, "which model"), .integer("seed", default: nil, "seed"),
        .number("rate", default: 0.001, "step size", above: 0),
        .integers("layers", default: [], "widths"),
        .number("margin", default: nil, "model b: margin", minimum: 0),
      ],
      variants: ParameterVariants(of: "model", ["a": [:], "b": ["margin": .number(1)]])),
    StageDescription(
      name: "report", summary: "Joins the models.",
      inputs: [.init("models", schema: "model", "all models", many: true)],
      outputs: [.init("report", file: "report.html", "the page")]),
  ]

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The command that was built with these tests.
  private static let command: URL? = {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let candidates = [tests, URL(filePath: CommandLine.arguments[0]), Bundle.main.bundleURL]
    return candidates.map { $0.deletingLastPathComponent().appending(path: "llama4rec") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  // MARK: Files

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  func read(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Paths of all files below a folder.
  func files(_ name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path(name)).sorted()
      .map { "\(name)/\($0)" }
      .filter { (try? Data(contentsOf: folder.appending(path: $0))) != nil }
  }

  /// The stages that ran since the last call, each as `NAME PARAMETERS`, sorted.
  func takeTrace() throws -> [String] {
    let lines = read("trace").split(separator: "\n").map(String.init).sorted()
    try write("trace", "")
    return lines
  }

  /// Installs a stage that writes its parameters and a checksum of its inputs to each output.
  func stage(_ description: StageDescription) throws {
    let name = description.stage
    try write("\(name).json", try Records.text(description))
    try write(
      "bin/stage-\(name)",
      """
      #!/bin/sh
      control='\(folder.path)'
      if [ "$1" = --describe ]; then exec cat "$control/\(name).json"; fi
      while [ $# -gt 0 ]; do
        case "$1" in
          --input) inputs="$inputs ${2#*=}" ;;
          --output) outputs="$outputs ${2#*=}" ;;
          --parameters) parameters=$2 ;;
          --scratch) scratch=$2 ;;
        esac
        shift 2
      done
      echo "\(name) $parameters" >> "$control/trace"
      if [ -f "$control/\(name).hook" ]; then . "$control/\(name).hook"; fi
      for output in $outputs; do
        { echo "<p>\(name) $parameters</p><!--run-record-->"; cat $inputs /dev/null | cksum; } \
          > "$output.tmp"
        mv "$output.tmp" "$output"
      done
      """)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: path("bin/stage-\(name)"))
  }

  /// What a stage does before it writes its outputs; nil takes the hook away.
  func hook(_ name: String, _ script: String?) throws {
    guard let script else {
      try FileManager.default.removeItem(atPath: path("\(name).hook"))
      return
    }
    try write("\(name).hook", script)
  }

  // MARK: Commands

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
    /// The output without the time at the start of each line.
    var lines: [String] {
      output.split(separator: "\n").map {
        String($0.replacing(#/^\d{4}-\d\d-\d\dT[\d:]+Z /#, with: ""))
      }
    }
  }

  /// Runs the command to its end in this folder.
  func call(_ arguments: String...) throws -> Outcome {
    try finish(begin(arguments))
  }

  /// Starts the command.
  func begin(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = folder.appending(path: "bin/llama4rec")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let name = UUID().uuidString
    for kind in ["out", "err"] { try write("\(name).\(kind)", "") }
    process.standardOutput = try FileHandle(
      forWritingTo: folder.appending(path: "\(name).out"))
    process.standardError = try FileHandle(
      forWritingTo: folder.appending(path: "\(name).err"))
    process.environment = ProcessInfo.processInfo.environment.merging(["CALL": name]) { $1 }
    try process.run()
    return process
  }

  /// Waits for a command that was started.
  func finish(_ process: Process) -> Outcome {
    process.waitUntilExit()
    let name = process.environment?["CALL"] ?? ""
    let code =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    return Outcome(code: code, output: read("\(name).out"), errors: read("\(name).err"))
  }

  /// Waits until a condition holds; the limit only ends a test that would otherwise hang.
  static func wait(_ what: String, until condition: () -> Bool) throws {
    let limit = Date().addingTimeInterval(60)
    while !condition() {
      try #require(Date() < limit, "waited a minute for \(what)")
      usleep(10_000)
    }
  }
}
