import ArgumentParser
import Foundation
import Pipeline
import StageProtocol

/// `llama4rec run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs every stage whose result the store does not have.")

  @OptionGroup var project: ProjectArguments

  @OptionGroup var arguments: RunArguments

  func run() throws {
    let executor = LocalExecutor()
    if !arguments.dryRun { try self.project.fetchWeights() }
    let project = try Project.load(project.options, executor: executor)
    try arguments.checkForced(in: project)
    if arguments.dryRun { return try arguments.rehearse(project) }
    let lock = try RunLock(project.store, profile: project.profile)
    defer { withExtendedLifetime(lock) {} }
    let console = arguments.console
    var runner = try Runner(
      project: project, options: arguments.options, console: console, executor: executor)
    let code = try runner.perform()
    if code == StageProtocol.ExitCode.done.rawValue { try showResults(of: project, on: console) }
    throw ArgumentParser.ExitCode(code)
  }
}

/// The table of results and where the report lies, if the run came that far.
func showResults(of project: Project, on console: Console) throws {
  guard !project.plan.matching("report").isEmpty else { return }
  let path = Results.path(project.store, profile: project.profile)
  if FileManager.default.fileExists(atPath: path) {
    console.block(try Results(contentsOf: path, profile: project.profile).headline.text(.table))
    console.block("more rows: llama4rec results --all --profile \(project.profile)")
  }
  let page = project.store.reportPath(profile: project.profile)
  if FileManager.default.fileExists(atPath: page) { console.block("report: \(page)") }
}
