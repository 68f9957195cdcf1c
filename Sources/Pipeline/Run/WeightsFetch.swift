import Foundation
import Foundations

/// Brings the weights of a run's language model where they are missing.
public struct WeightsFetch {
  let model: LanguageModelSpecification

  /// What a run with these options has to fetch first; nil where nothing is missing.
  ///
  /// - Parameter options: What the command line asked for.
  /// - Throws: `ConfigurationError`.
  public init?(_ options: ProjectOptions) throws(ConfigurationError) {
    let configuration = try Configuration.load(options.pipeline)
    let selection = try Selection(
      configuration, profile: options.profile, languageModel: options.languageModel,
      assignments: options.assignments)
    guard let model = selection.languageModel, let path = model.path, model.fetch != nil,
      !Files.exists(path)
    else { return nil }
    self.model = model
  }

  /// What is about to be done.
  public var announcement: String {
    "the weights of \(model.name) are not at \(model.path ?? ""); \(model.fetch ?? "") fetches them"
  }

  /// Runs the model's script, whose output is this process's own.
  ///
  /// - Throws: `WeightsFetchError` where the weights are still missing.
  public func perform() throws {
    let script = Process()
    script.executableURL = URL(filePath: model.fetch ?? "")
    script.standardOutput = FileHandle.standardError
    do {
      try script.run()
    } catch {
      throw WeightsFetchError(
        model: model, reason: "it cannot be started: \(error.localizedDescription)")
    }
    script.waitUntilExit()
    guard script.terminationStatus == 0 else {
      throw WeightsFetchError(model: model, reason: "it ended with \(script.terminationStatus)")
    }
    guard let path = model.path, Files.exists(path) else {
      throw WeightsFetchError(model: model, reason: "nothing is there after it")
    }
  }
}

/// Weights that could not be fetched.
public struct WeightsFetchError: Error, CustomStringConvertible {
  let model: LanguageModelSpecification
  let reason: String

  public var description: String {
    "weights of \(model.name): \(model.fetch ?? "") was to bring them to \(model.path ?? "") and "
      + "\(reason); run again, or name others with --set llm.path=FILE"
  }
}
