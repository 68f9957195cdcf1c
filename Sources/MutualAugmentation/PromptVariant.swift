/// A way to let the language model score candidates; each row of the results reads one.
public enum PromptVariant: String, CaseIterable, Sendable {
  /// Plain prompts over the base backbone's candidates: instruction fine-tuning without mutual augmentation.
  case plainBase = "plain-base"
  /// Augmented prompts with the base backbone's hints: no data augmentation.
  case augmentedBase = "augmented-base"
  /// Plain prompts over the retrained backbone's candidates: no prompt augmentation.
  case plainRetrained = "plain-retrained"
  /// Augmented prompts with the retrained backbone's hints: the full system.
  case augmentedRetrained = "augmented-retrained"
  /// The full system's prompts, scored by the model before instruction tuning.
  case pretrained = "pretrained"

  /// Whether candidates and hints come from the retrained backbone.
  public var usesRetrained: Bool { self != .plainBase && self != .augmentedBase }

  /// Whether prompts carry the similar user and the backbone's hint.
  public var isAugmented: Bool { self != .plainBase && self != .plainRetrained }

  /// Whether the model before instruction tuning scores.
  public var usesPretrained: Bool { self == .pretrained }

  /// The column of the `scores` artifact for a mode (`rating` for ratings) and a moment.
  public func column(_ mode: String, _ moment: Moment) -> String {
    "\(rawValue).\(mode).\(moment.rawValue)"
  }
}

/// Whether something is about the validation item or about the test item.
public enum Moment: String, CaseIterable, Sendable {
  case validation
  case test
}
