import Foundations

/// A mistake in `pipeline.yaml` or on the command line that the user can correct.
///
/// Reads `PLACE: KEY: FOUND; expected EXPECTED; did you mean "SUGGESTION"?`.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// `pipeline.yaml:12:5`, or the option as it was given.
  public var place: String
  /// The path of keys, such as `stages.train-backbone.inputs`; empty where the place says it all.
  public var key: String
  /// What was found there.
  public var found: String
  /// What would have been right.
  public var expected: String?
  /// The valid name nearest to the one found.
  public var suggestion: String?

  init(
    _ place: String, key: String = "", found: String, expected: String? = nil,
    suggestion: String? = nil
  ) {
    self.place = place
    self.key = key
    self.found = found
    self.expected = expected
    self.suggestion = suggestion
  }

  /// An unknown name where one of `valid` was expected.
  static func unknown(
    _ kind: String, _ name: String, at place: String, key: String = "", valid: [String]
  ) -> ConfigurationError {
    ConfigurationError(
      place, key: key, found: "unknown \(kind) \"\(name)\"",
      expected: valid.isEmpty ? "none" : valid.joined(separator: ", "),
      suggestion: Suggestion.nearest(to: name, among: valid))
  }

  public var description: String {
    var text = place + ": " + (key.isEmpty ? "" : key + ": ") + found
    if let expected { text += "; expected \(expected)" }
    if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
    return text
  }
}

extension ConfigurationError {
  /// A name that no stage or instance of the plan has.
  public static func unknownStage(
    _ name: String, at place: String, in project: Project
  ) -> ConfigurationError {
    .unknown("stage", name, at: place, valid: project.plan.stages)
  }

  /// A store in which nothing ran yet.
  public static func noRun(_ store: Store) -> ConfigurationError {
    ConfigurationError(
      store.root, found: "no run so far", expected: "at least one; start it with make run")
  }

  /// A profile of which no lists are published.
  public static func nothingPublished(_ store: Store, profile: String?) -> ConfigurationError {
    ConfigurationError(
      profile.map(store.publishedPath) ?? store.root, found: "no recommendations published",
      expected: "some; make them with llama4rec recommend"
        + (profile.map { " --profile \($0)" } ?? ""))
  }

  /// A profile whose runs have not come as far as the report.
  public static func noResults(_ path: String, profile: String) -> ConfigurationError {
    ConfigurationError(
      path, found: "no results of profile \(profile)",
      expected: "a finished run; start it with make run PROFILE=\(profile)")
  }
}
