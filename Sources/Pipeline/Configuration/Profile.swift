/// A named choice of data, axes and parameters.
public struct Profile: Sendable {
  public var name: String
  public var summary: String
  /// Axis values by axis name; an axis that is not named keeps all its values.
  public var axes: [String: [String]]
  public var files: [ProfileFile]
  public var parameters: [ParameterSetting]
  /// What changes with one of the language models, by its name.
  public var languageModels: [String: LanguageModelAdjustment] = [:]
  /// In the place of the configuration's own.
  public var tolerance: Double?
  public var place: String
}

/// A data file of a profile, relative to the data directory; `PATH.zst` serves as well.
///
/// Several paths, or one with a `*` in its last part, are as many files as there are, in this order and by name.
public struct ProfileFile: Sendable, Equatable {
  public var name: String
  /// At least one.
  public var paths: [String]
  public var isOptional: Bool
}
