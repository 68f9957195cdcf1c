import ArgumentParser
import Evaluation
import Foundations
import Pipeline
import StageProtocol

/// `llama4rec prompt`.
struct PromptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt",
    abstract: "Shows the prompt about a user as the language model reads it at test.",
    discussion: """
      Of the first backbone of the task in the last run, unless --backbone names one, and of the first seed. Nothing \
      but the prompt is computed: the run has to have come as far as tune-llm.
      """)

  @OptionGroup var project: ProjectArguments

  @Option(help: "The user, by the id in your own files.")
  var user: String

  @Option(help: "What is asked: \(tasks).", transform: parseTask)
  var task = RecommendationTask.direct

  @Option(help: "Whose similar user and hints an augmented prompt has.")
  var backbone: String?

  @Flag(help: "With the similar user and the backbone's hints.")
  var augmented = false

  func validate() throws {
    if project.until != nil { throw ValidationError("--until: expected with llama4rec run") }
  }

  func run() throws {
    _ = try existingStore(project.artifacts)
    let inspection = PromptInspection(
      user: user, task: task, backbone: backbone, isAugmented: augmented)
    let (code, text) = try inspection.perform(project.options, executor: LocalExecutor())
    let isDone = code == StageProtocol.ExitCode.done.rawValue
    try Terminal.write(text, to: isDone ? .output : .error)
    throw ArgumentParser.ExitCode(code)
  }
}

private let tasks = RecommendationTask.allCases.map(\.rawValue).joined(separator: ", ")

private func parseTask(_ name: String) throws -> RecommendationTask {
  guard let task = RecommendationTask(rawValue: name) else {
    throw ValidationError("expected one of \(tasks)")
  }
  return task
}
