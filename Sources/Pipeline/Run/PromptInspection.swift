public import Evaluation
import Foundations
import StageProtocol

/// What the language model reads about a user: a stage of the part `inspection`, on what the last run left.
public struct PromptInspection: Sendable {
  /// The user's id in the input files.
  public var user: String
  public var task: RecommendationTask
  /// Whose similar user and hints the prompt has; nil for the first backbone of the task in the last run.
  public var backbone: String?
  public var isAugmented: Bool

  public init(
    user: String, task: RecommendationTask, backbone: String? = nil, isAugmented: Bool = false
  ) {
    self.user = user
    self.task = task
    self.backbone = backbone
    self.isAugmented = isAugmented
  }

  private static let stage = "show-prompt"
  private static let file = "prompt.txt"

  /// Writes the prompt, by the first seed of the run.
  ///
  /// - Parameters:
  ///   - options: What the command line asked for.
  ///   - executor: Where the stage runs.
  /// - Returns: The exit code of the stage, and the prompt or why there is none.
  /// - Throws: `ConfigurationError`, also where something that the prompt needs has not run.
  public func perform(
    _ options: ProjectOptions, executor: any Executor
  ) throws -> (code: Int32, text: String) {
    let last = try Project.load(options, executor: executor)
    var options = options
    options.until = Self.stage
    options.assignments += [
      "backbones=\(try backbone ?? firstBackbone(in: last))", "\(Self.stage).user=\(user)",
      "\(Self.stage).augmented=\(isAugmented)",
    ]
    if let seed = last.selection.axes.first(where: { $0.variable == "seed" })?.values.first {
      options.assignments.append("seeds=\(seed)")
    }
    let project = try Project.load(options, executor: executor)
    guard let instance = project.plan.instances.last(where: { $0.stage == Self.stage }) else {
      throw ConfigurationError.unknown(
        "stage", Self.stage, at: options.pipeline, key: "stages",
        valid: project.configuration.stages.map(\.name))
    }
    try requireRun(of: project)
    let lock = try RunLock(project.store, profile: project.profile)
    defer { withExtendedLifetime(lock) {} }
    // Looking is no run: it leaves the history and the report as they are.
    var quiet = RunOptions()
    quiet.isRecorded = false
    var runner = try Runner(
      project: project, options: quiet, console: Console(isLive: false) { _ in },
      executor: executor)
    let code = try runner.perform()
    guard code == ExitCode.done.rawValue else {
      return (code, runner.failures.map { "\($0.failure.message)\n" }.joined())
    }
    let path = project.store.linkPath(
      profile: project.profile, folder: instance.folder, file: Self.file)
    return (code, String(decoding: try Files.readStored(path), as: UTF8.self))
  }

  private func firstBackbone(in project: Project) throws -> String {
    let path = Results.path(project.store, profile: project.profile)
    let rows =
      Files.exists(path) ? try Results(contentsOf: path, profile: project.profile).rows : []
    guard let found = rows.first(where: { $0.task == task && $0.backbone != nil })?.backbone else {
      throw ConfigurationError(
        "--task \(task.rawValue)",
        found: "no backbone of this task in the last run of \(project.profile)",
        expected: "one; run it, or name one that ran with --backbone")
    }
    return found
  }

  /// Rejects a project of which more would have to run than the prompt.
  private func requireRun(of project: Project) throws {
    let missing = try Forecast(project).entries.first {
      $0.instance.stage != Self.stage && !$0.outlook.isCached
    }
    guard let missing else { return }
    throw ConfigurationError(
      missing.instance.name, found: missing.outlook.description,
      expected: "its result; llama4rec run --until tune-llm makes it")
  }
}
