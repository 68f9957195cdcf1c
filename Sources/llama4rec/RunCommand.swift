import ArgumentParser
import Foundation
import Pipeline
import StageProtocol

/// `llama4rec run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs every stage whose result the store does not have.")

  @OptionGroup var project: ProjectArguments

  @Option(help: "How many stages run side by side; as many as there are cores unless given.")
  var jobs: Int?

  @Option(help: "How many threads each stage gets.")
  var threads = 1

  @Option(help: "A stage, or an instance such as train-backbone[mf,1], that runs in any case.")
  var force: [String] = []

  @Flag(help: "Say what would run and why, and run nothing.")
  var dryRun = false

  @Flag(help: "After a failure run everything that does not depend on it.")
  var keepGoing = false

  @Option(help: "The seconds that stages get to write their checkpoint after a signal.")
  var grace = 10.0

  @Flag(help: "Plain lines with the time, also on a terminal.")
  var plain = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): expected at least 1") }
    if threads < 1 { throw ValidationError("--threads \(threads): expected at least 1") }
    if grace < 0 { throw ValidationError("--grace \(grace): expected at least 0") }
  }

  func run() throws {
    let executor = LocalExecutor()
    let project = try Project.load(project.options, executor: executor)
    for name in force where project.plan.matching(name).isEmpty {
      throw ConfigurationError.unknownStage(name, at: "--force", in: project)
    }
    if dryRun {
      let forecast = try Forecast(project, forced: force)
      for entry in forecast.entries {
        try say("\(entry.instance.name): \(entry.outlook.description)")
      }
      let cached = forecast.entries.count { $0.outlook.isCached }
      try say("\(forecast.entries.count) stages: \(cached) cached; nothing was run")
      return
    }
    var options = RunOptions()
    if let jobs { options.jobs = jobs }
    options.threads = threads
    options.forced = force
    options.keepsGoing = keepGoing
    options.graceSeconds = grace
    let lock = try RunLock(project.store, profile: project.profile)
    defer { withExtendedLifetime(lock) {} }
    let console = Console(isLive: plain ? false : nil)
    var runner = try Runner(
      project: project, options: options, console: console, executor: executor)
    let code = try runner.perform()
    if code == StageProtocol.ExitCode.done.rawValue { try show(project, console) }
    throw ArgumentParser.ExitCode(code)
  }

  /// The table of results and where the report lies, if the run came that far.
  private func show(_ project: Project, _ console: Console) throws {
    guard !project.plan.matching("report").isEmpty else { return }
    let path = Results.path(project.store, profile: project.profile)
    if FileManager.default.fileExists(atPath: path) {
      console.block(try Results(contentsOf: path, profile: project.profile).headline.text(.table))
      console.block("more rows: llama4rec results --all --profile \(project.profile)")
    }
    let page = project.store.reportPath(profile: project.profile)
    if FileManager.default.fileExists(atPath: page) { console.block("report: \(page)") }
  }
}
