import ArgumentParser
import Foundations
import Pipeline
import StageProtocol

/// `llama4rec recommend`.
struct RecommendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend",
    abstract: "Makes and publishes a list for every user, or shows a user's list.",
    discussion: """
      Without --user: runs the evaluation, trains what it chose on all interactions, and publishes every user's \
      list if it measures no worse than what is published; otherwise the old lists stay and the exit code is 1. \
      --force publish publishes in any case. With --user: reads what is published, and nothing else.
      """)

  @OptionGroup var project: ProjectArguments

  @OptionGroup var arguments: RunArguments

  @Option(help: "Show the list of this user, by the id in your own files.")
  var user: String?

  @Option(help: "With --user: how many items to show; all of the list unless given.")
  var count: Int?

  @Flag(help: "With --user: one JSON object.")
  var json = false

  func validate() throws {
    if project.until != nil {
      throw ValidationError("--until: recommend runs to the end; expected llama4rec run --until")
    }
    if user == nil, count != nil || json {
      throw ValidationError("\(json ? "--json" : "--count"): expected with --user")
    }
    if let count, count < 1 { throw ValidationError("--count \(count): expected at least 1") }
  }

  func run() throws {
    if let user { try show(user) } else { try deliver() }
  }

  /// Shows a user's published list.
  private func show(_ user: String) throws {
    let store = Store(root: project.artifacts)
    let profile = project.profile ?? History(store).lastPublished
    guard let profile, let publication = try Publication(store, profile: profile) else {
      throw ConfigurationError.nothingPublished(store, profile: profile)
    }
    let found = try UserRecommendations(of: user, count: count, in: publication)
    try say(json ? found.json : found.text)
  }

  /// Makes and publishes the lists.
  private func deliver() throws {
    let executor = LocalExecutor()
    if !arguments.dryRun { try project.fetchWeights() }
    let evaluation = try Project.load(project.options, executor: executor)
    try evaluation.checkDelivery()
    // Both parts are checked before the first of them runs for hours.
    let both = try evaluation.withDelivery()
    try arguments.checkForced(in: both, besides: [Publication.step])
    if arguments.dryRun {
      try arguments.rehearse(both)
      if !both.hasChosen {
        try say("whose lists the delivery makes, \(Project.choosingStage) has yet to choose")
      }
      return
    }
    let lock = try RunLock(evaluation.store, profile: evaluation.profile)
    defer { withExtendedLifetime(lock) {} }
    let console = arguments.console
    var runner = try Runner(
      project: evaluation, options: arguments.options, console: console, executor: executor)
    let code = try runner.deliver(publishesAnyway: arguments.force.contains(Publication.step))
    if code == StageProtocol.ExitCode.done.rawValue {
      try showResults(of: evaluation, on: console)
      if let publication = try Publication(evaluation.store, profile: evaluation.profile) {
        console.block(try publication.summary())
      }
    }
    throw ArgumentParser.ExitCode(code)
  }
}
