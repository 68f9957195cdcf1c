import ArgumentParser
import Artifacts
import Foundation
import Foundations
import Pipeline
import StageProtocol

/// The command `llama4rec`.
///
/// Nothing here is asynchronous: an asynchronous `main` runs on threads of Dispatch, and where the system
/// gives it none the process hangs in silence.
@main
struct Llama4Rec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llama4rec",
    abstract: "Runs the pipeline of pipeline.yaml and keeps what its stages compute.",
    discussion: """
      Exit codes: 0 done, 1 a stage failed or lists are not published, 2 bad usage or configuration, 65 bad input data, \
      75 another run holds the lock, 130 or 143 interrupted (the next run goes on).
      """,
    version: "1.0.0",
    subcommands: [
      RunCommand.self, RecommendCommand.self, PromptCommand.self, StatusCommand.self,
      ExplainCommand.self,
      ResultsCommand.self,
      InspectCommand.self, ExportCommand.self, AcceptCommand.self, GarbageCommand.self,
      VerifyCommand.self, AnswersCommand.self,
      GraphCommand.self, HistoryCommand.self, ScheduleCommand.self,
    ])

  static func main() {
    SignalWatch.unblock()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// Prints an error and exits with the code that the contract gives it.
  private static func end(with error: any Error) -> Never {
    switch error {
    case let code as ArgumentParser.ExitCode: Foundation.exit(code.rawValue)
    case is ConfigurationError: fail("\(error)", .usage)
    case is RunLock.HeldError: fail("\(error)", .temporary)
    case is ArtifactError: fail("\(error)", .badData)
    case let error as any DataError: fail("\(error)", error.isDataError ? .badData : .usage)
    case let error as FileError:
      fail("\(error)", [.missing, .notRegular].contains(error.problem) ? .usage : .failed)
    default:
      let text = fullMessage(for: error)
      if exitCode(for: error) == .success {
        do {
          try Terminal.write(text + "\n")
        } catch {
          fail("\(error)", .failed)
        }
        Foundation.exit(StageProtocol.ExitCode.done.rawValue)
      }
      let isUsage = exitCode(for: error) == .validationFailure
      fail(
        text.replacing("Error: ", with: "", maxReplacements: 1),
        isUsage ? .usage : .failed)
    }
  }

  private static func fail(_ text: String, _ code: StageProtocol.ExitCode) -> Never {
    try? Terminal.write("llama4rec: \(text)\n", to: .error)
    Foundation.exit(code.rawValue)
  }
}

/// Prints a line or more on standard output.
///
/// Throws `FileError` where it takes no more, so that a script never mistakes half an answer for a whole.
func say(_ text: String) throws { try Terminal.write(text + "\n") }

/// The store in a folder; throws `ConfigurationError` where there is none yet, because looking makes none.
func existingStore(_ root: String) throws -> Store {
  let store = Store(root: root)
  guard Files.exists(root) else { throw ConfigurationError.noRun(store) }
  return store
}

/// Options that say what to work on.
struct ProjectArguments: ParsableArguments {
  @Option(help: "The description of the pipeline.")
  var pipeline = "pipeline.yaml"

  @Option(help: "The profile; the first of the file unless given.")
  var profile: String?

  @Option(help: "The language model; the first of the file unless given.")
  var llm: String?

  @Option(help: "The folder that the profile's data files are in (data unless given).")
  var data: String?

  @Option(help: "The folder of the store.")
  var artifacts = "artifacts"

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "stage.parameter=value, stage@value.parameter=value, llm.parameter=value, llm.path=folder, or an axis: "
        + "backbones=mf,sasrec.",
      valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: "The seeds to run, such as 1,2,3; short for --set seeds=1,2,3.")
  var seeds: String?

  @Option(help: "Only this stage and what it needs.")
  var until: String?

  var options: ProjectOptions {
    var options = ProjectOptions()
    options.pipeline = pipeline
    options.profile = profile
    options.languageModel = llm
    options.data = data
    options.artifacts = artifacts
    options.assignments = assignments + (seeds.map { ["seeds=\($0)"] } ?? [])
    options.until = until
    return options
  }

  /// Fetches what the language model's weights lack, and says so before.
  func fetchWeights() throws {
    guard let fetch = try WeightsFetch(options) else { return }
    try Terminal.write("llama4rec: \(fetch.announcement)\n", to: .error)
    try fetch.perform()
  }
}

/// Options of commands that look into the store without the stage executables.
struct StoreArguments: ParsableArguments {
  @Option(help: "The folder of the store.")
  var artifacts = "artifacts"

  /// The store; throws `ConfigurationError` where there is none yet.
  func store() throws -> Store { try existingStore(artifacts) }
}
