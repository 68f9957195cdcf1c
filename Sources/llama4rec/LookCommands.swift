public import ArgumentParser
import Artifacts
import Foundation
import Foundations
public import Pipeline

/// `llama4rec status`.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Says what is cached, running, stale or failed, and why.")

  @OptionGroup var project: ProjectArguments

  @Flag(help: "One JSON object.")
  var json = false

  func run() throws {
    _ = try existingStore(project.artifacts)
    let report = try StatusReport(Project.load(project.options).withDeliveryIfConcerned())
    try say(json ? report.json : report.text)
  }
}

/// `llama4rec explain`.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows a stage's cache key part by part, and which part changed.")

  @OptionGroup var project: ProjectArguments

  @Argument(help: "A stage, or an instance such as train-backbone[mf,1].")
  var stage: String

  func run() throws {
    _ = try existingStore(project.artifacts)
    let project = try Project.load(project.options).withDeliveryIfConcerned([stage])
    try say(StatusReport(project).explain(stage))
  }
}

/// `llama4rec results`.
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Prints the metrics of the last run.")

  @OptionGroup var arguments: StoreArguments

  @Option(help: "The profile; that of the last run unless given.")
  var profile: String?

  @Flag(help: "Every row; without it one metric a task and the methods of a first look.")
  var all = false

  @Option(help: "How to print: table, json, csv or markdown.")
  var format = Results.Format.table

  func run() throws {
    let store = try arguments.store()
    guard let profile = profile ?? History(store).runs().last?.profile else {
      throw ConfigurationError.noRun(store)
    }
    let path = Results.path(store, profile: profile)
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConfigurationError.noResults(path, profile: profile)
    }
    let results = try Results(contentsOf: path, profile: profile)
    if let warning = History(store).warning(ofProfile: profile) {
      try Terminal.write("llama4rec: warning: \(warning)\n", to: .error)
    }
    try say((all ? results : results.headline).text(format))
  }
}

extension Results.Format: ExpressibleByArgument {}

/// `llama4rec history`.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Lists the runs so far, oldest first.")

  @OptionGroup var arguments: StoreArguments

  @Flag(help: "One JSON object a line.")
  var json = false

  func run() throws {
    let history = History(try arguments.store())
    try say(json ? history.jsonLines() : history.text())
  }
}

/// `llama4rec graph`.
struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Draws the stages and what flows between them.")

  @Option(help: "The description of the pipeline.")
  var pipeline = "pipeline.yaml"

  @Option(help: "The language of the drawing: mermaid or dot.")
  var format = GraphDrawing.mermaid

  func run() throws {
    try say(format.draw(try Configuration.load(pipeline)))
  }
}

extension GraphDrawing: ExpressibleByArgument {}

/// `llama4rec schedule`.
struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Prints a crontab line and a systemd timer that start a nightly run here.")

  @Option(help: "The time of day, such as 2:30.")
  var at = "2:30"

  @Option(help: "The command to run there; its exit code tells the outcome.")
  var command = "scripts/nightly.sh"

  func run() throws {
    let parts = at.split(separator: ":").map { Int($0) }
    guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
      (0..<60).contains(minute)
    else {
      throw ValidationError("--at \(at): expected a time of day such as 2:30")
    }
    let timetable = Timetable(
      folder: FileManager.default.currentDirectoryPath, command: command,
      searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", hour: hour,
      minute: minute)
    try say(timetable.text)
  }
}
