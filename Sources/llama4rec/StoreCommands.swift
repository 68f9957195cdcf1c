public import ArgumentParser
public import Artifacts
import Foundation
import Foundations
import Pipeline
import StageProtocol

/// `llama4rec inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what an artifact holds.")

  @Argument(help: "A .safetensors.zst file.")
  var file: String

  @Flag(help: "One JSON object.")
  var json = false

  func run() throws {
    let summary = try Artifact(contentsOf: file, allowingNonFinite: true).summary()
    try say(json ? summary.json : summary.text)
  }
}

/// `llama4rec export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Prints an artifact's rows for other programs.")

  @Argument(help: "A .safetensors.zst file.")
  var file: String

  @Option(help: "How to write the rows: jsonl or csv.")
  var format = RowFormat.jsonLines

  @Option(help: "The table that holds this column; the one with the most columns unless given.")
  var column: String?

  func run() throws {
    let artifact = try Artifact(contentsOf: file, allowingNonFinite: true)
    guard let table = try column.map(artifact.table) ?? artifact.tables.first else { return }
    try artifact.writeRows(of: table, as: format) { bytes in
      try Terminal.write(bytes)
    }
  }
}

extension RowFormat: ExpressibleByArgument {}

/// `llama4rec accept`.
struct AcceptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept",
    abstract: "Takes over the last results of stages of which only the code has changed since.",
    discussion: """
      For a change of code that is known to be harmless, such as a message. You vouch for it: the history \
      and explain say so from then on.
      """)

  @OptionGroup var project: ProjectArguments

  @Argument(help: "Stages, or instances such as train-backbone[mf,1].")
  var stages: [String]

  func run() throws {
    let lock = try RunLock(existingStore(project.artifacts), profile: "(accept)")
    defer { withExtendedLifetime(lock) {} }
    let acceptance = try Acceptance(
      Project.load(project.options).withDeliveryIfConcerned(stages), names: stages)
    try acceptance.perform()
    try say(acceptance.text)
  }
}

/// `llama4rec gc`.
struct GarbageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Drops from the store what none of the last runs needs.")

  @OptionGroup var arguments: StoreArguments

  @Option(help: "How many runs and publications of each profile to keep.")
  var keep = 3

  @Flag(help: "Say how much would go, and drop nothing.")
  var dryRun = false

  func validate() throws {
    if keep < 1 { throw ValidationError("--keep \(keep): expected at least 1") }
  }

  func run() throws {
    let lock = try RunLock(arguments.store(), profile: "(gc)")
    defer { withExtendedLifetime(lock) {} }
    let outcome = try Collector(arguments.store()).collect(keeping: keep, isRehearsal: dryRun)
    try say(outcome.text(isRehearsal: dryRun))
  }
}

/// `llama4rec verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads the whole store again and takes damaged results out of it.")

  @OptionGroup var arguments: StoreArguments

  func run() throws {
    let lock = try RunLock(arguments.store(), profile: "(verify)")
    defer { withExtendedLifetime(lock) {} }
    let verification = try Verification(arguments.store())
    try say(verification.text)
    if !verification.damages.isEmpty {
      throw ArgumentParser.ExitCode(StageProtocol.ExitCode.failed.rawValue)
    }
  }
}
