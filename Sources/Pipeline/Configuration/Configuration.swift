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
  /// What may stand for the language model, the first unless another is asked for; none where the pipeline knows one
  /// model only.
  public var languageModels: [LanguageModelSpecification] = []
  /// The profiles; the first is the default.
  public var profiles: [Profile]
  /// Short names for `--set`, such as `positives` for `preprocess.positives`.
  public var aliases: [String: String]
  /// How much worse than what is published new lists may measure and still be published: a share of the metric.
  public var tolerance: Double

  /// The names that a profile cannot have, because the store uses them in `artifacts/`.
  static let reservedNames = [
    "actions", "descriptions", "logs", "objects", "publications", "quarantine", "work",
  ]
  /// The names that a stage cannot have: a link beside the folders of the stages has the first, `--force` takes the
  /// second.
  static let reservedStageNames = [Publication.link, Publication.step]
  /// The share where the file has none.
  static let standardTolerance = 0.05

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
