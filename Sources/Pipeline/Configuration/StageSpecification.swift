/// A stage as the file describes it, before it is repeated over its axes.
public struct StageSpecification: Sendable {
  public var name: String
  /// The executable's file name; it stands beside the runner's own.
  public var executable: String
  /// Another stage whose settings hold for this one too, unless it has its own.
  public var like: String?
  public var part: ProfilePart
  /// The axes to repeat over, in the order of the instance name.
  public var each: [String]
  public var parameters: [ParameterSetting]
  public var inputs: [InputSpecification]
  public var outputs: [String]
  public var budget: StageBudget
  /// `FILE:LINE:COLUMN` of the stage.
  public var place: String
}

/// The half of a profile that a stage belongs to.
public enum ProfilePart: String, CaseIterable, Sendable {
  /// Trains on part of the data, measures on the rest, and chooses whose lists are delivered.
  case evaluation
  /// Trains what was chosen on everything, and writes the lists; nothing of the evaluation reads from it.
  case delivery
  /// Shows what a model reads or says; runs only when it is asked for.
  case inspection
}

/// One named input of a stage with everything that feeds it.
public struct InputSpecification: Sendable {
  public var name: String
  public var sources: [InputSourceSpecification]
  public var place: String
}

/// A reference to a file of the profile, of the project or of the language model, or to an output of another stage.
public struct InputSourceSpecification: Sendable {
  /// `file`, `project`, `llm`, or the name of a stage.
  public var owner: String
  /// The file's or the output's name; of a file of the project its path beside the configuration.
  public var name: String
  /// The axis values for which the input exists; empty means all.
  public var only: [String]
  public var place: String

  static let fileOwner = "file"
  static let projectOwner = "project"
  /// Owners that are no stages.
  static let fileOwners = [fileOwner, projectOwner, LanguageModelSpecification.owner]
}

/// A value for a parameter, before the stage's own description gives it a type.
public struct ParameterSetting: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    case scalar(String)
    case list([String])
  }
  public var stage: String
  /// The axis value that it is limited to (`train-backbone@mf`), or nil.
  public var axisValue: String?
  public var name: String
  public var value: Value
  /// `FILE:LINE:COLUMN`, or the option as it was given.
  public var place: String
}
