import ArgumentParser
import Pipeline

/// Options of commands that run stages.
struct RunArguments: ParsableArguments {
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

  var options: RunOptions {
    var options = RunOptions()
    if let jobs { options.jobs = jobs }
    options.threads = threads
    options.forced = force
    options.keepsGoing = keepGoing
    options.graceSeconds = grace
    return options
  }

  var console: Console { Console(isLive: plain ? false : nil) }

  /// Rejects names that stand for nothing.
  func checkForced(in project: Project, besides known: [String] = []) throws {
    for name in force where project.plan.matching(name).isEmpty && !known.contains(name) {
      throw ConfigurationError.unknownStage(name, at: "--force", in: project)
    }
  }

  /// Says what would run and why.
  func rehearse(_ project: Project) throws {
    let forecast = try Forecast(project, forced: force)
    for entry in forecast.entries {
      try say("\(entry.instance.name): \(entry.outlook.description)")
    }
    let cached = forecast.entries.count { $0.outlook.isCached }
    try say("\(forecast.entries.count) stages: \(cached) cached; nothing was run")
  }
}
