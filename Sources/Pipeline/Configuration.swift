/// What `pipeline.yaml` says: axes, stages and profiles, in the order of the file.
public struct Configuration: Sendable {
  /// The path the text was read from, as errors name it.
  public var file: String
  /// A text mixed into every cache key; changing it disowns all results so far.
  public var salt: String
  /// The dimensions that stages repeat over.
  public var axes: [Axis]
  /// Names for several axis values, such as `ratings` for the models that predict ratings.
  public var groups: [String: [String]]
  /// The stages.
  public var stages: [StageSpecification]
  /// The profiles; the first is the default.
  public var profiles: [Profile]
  /// Short names for `--set`, such as `positives` for `preprocess.positives`.
  public var aliases: [String: String]

  /// The names that a profile cannot have, because the store uses them in `artifacts/`.
  static let reservedNames = [
    "actions", "descriptions", "logs", "objects", "quarantine", "work",
  ]

  public func stage(_ name: String) -> StageSpecification? { stages.first { $0.name == name } }
  public func axis(_ name: String) -> Axis? { axes.first { $0.name == name } }
  public func profile(_ name: String) -> Profile? { profiles.first { $0.name == name } }
}

/// A dimension of the experiment, such as `seeds: [1, 2, 3]`.
public struct Axis: Sendable, Equatable {
  public var name: String
  public var values: [String]

  /// The name of one value in `${…}`: the axis name without its final `s`.
  public var variable: String { name.hasSuffix("s") ? String(name.dropLast()) : name }

  /// Whether every declared value is a whole number; such an axis takes any other one too.
  var isNumeric: Bool { !values.isEmpty && values.allSatisfy { Int($0) != nil } }
}

/// A stage as the file describes it, before it is repeated over its axes.
public struct StageSpecification: Sendable {
  public var name: String
  /// The executable's file name; it stands beside the runner's own.
  public var executable: String
  /// Another stage whose settings hold for this one too, unless it has its own.
  public var like: String?
  /// The axes to repeat over, in the order of the instance name.
  public var each: [String]
  public var parameters: [ParameterSetting]
  public var inputs: [InputSpecification]
  public var outputs: [String]
  /// `FILE:LINE:COLUMN` of the stage.
  public var place: String
}

/// One named input of a stage with everything that feeds it.
public struct InputSpecification: Sendable {
  public var name: String
  public var sources: [InputSourceSpecification]
  public var place: String
}

/// A reference to a file of the profile or to an output of another stage.
public struct InputSourceSpecification: Sendable {
  /// `file`, or the name of a stage.
  public var owner: String
  /// The file's or the output's name.
  public var name: String
  /// The axis values for which the input exists; empty means all.
  public var only: [String]
  public var place: String

  static let fileOwner = "file"
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

/// A named choice of data, axes and parameters.
public struct Profile: Sendable {
  public var name: String
  public var summary: String
  /// Axis values by axis name; an axis that is not named keeps all its values.
  public var axes: [String: [String]]
  public var files: [ProfileFile]
  public var parameters: [ParameterSetting]
  public var place: String
}

/// A data file of a profile, relative to the data directory; `PATH.zst` serves as well.
public struct ProfileFile: Sendable, Equatable {
  public var name: String
  public var path: String
  public var isOptional: Bool
}
