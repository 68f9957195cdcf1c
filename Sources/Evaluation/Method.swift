/// What a row of the results measures (results contract).
public enum Method: Hashable, Sendable {
  /// The backbone alone.
  case base
  /// Instruction fine-tuning: the tuned model orders the backbone's candidates, or rates, without mutual
  /// augmentation.
  case ift
  /// The full system.
  case llama4rec
  case withoutDataAugmentation
  case withoutPromptAugmentation
  /// The full system with one weight for all users.
  case withoutAdaptiveAggregation
  /// The full system's prompts, answered by the model before instruction tuning.
  case pretrainedOnly
  /// The full system on the backbone's candidates only, as published.
  case backboneCandidates
  /// The tuned model without any backbone.
  case languageModelAlone
  /// The backbone and a simple baseline under the full system's aggregation, without any language model.
  case twoBackbones
  /// A simple baseline, under its model's name.
  case simple(String)

  /// Every method but the simple baselines, in the order of the tables.
  public static let system: [Method] = [
    .base, .ift, .llama4rec, .withoutDataAugmentation, .withoutPromptAugmentation,
    .withoutAdaptiveAggregation, .backboneCandidates, .pretrainedOnly, .languageModelAlone,
    .twoBackbones,
  ]

  /// Whether it is the full system or the full system with one thing changed.
  public var isFormOfFullSystem: Bool {
    switch self {
    case .llama4rec, .withoutDataAugmentation, .withoutPromptAugmentation,
      .withoutAdaptiveAggregation, .backboneCandidates, .pretrainedOnly:
      true
    case .base, .ift, .languageModelAlone, .twoBackbones, .simple: false
    }
  }

  /// What its improvement is told against: the better of the backbone alone and IFT for forms of the full system
  /// (as the paper compares), the backbone for what works without it.
  public var baselines: [Method] {
    if isFormOfFullSystem { return [.base, .ift] }
    switch self {
    case .ift, .languageModelAlone, .twoBackbones: return [.base]
    default: return []
    }
  }
}

extension Method: RawRepresentable, Codable, CustomStringConvertible {
  /// Its name in the results; a name that is none of the system's is a simple baseline's.
  public init(rawValue: String) {
    self = Self.system.first { $0.rawValue == rawValue } ?? .simple(rawValue)
  }

  public var rawValue: String {
    switch self {
    case .base: "base"
    case .ift: "ift"
    case .llama4rec: "llama4rec"
    case .withoutDataAugmentation: "without-data-augmentation"
    case .withoutPromptAugmentation: "without-prompt-augmentation"
    case .withoutAdaptiveAggregation: "without-adaptive-aggregation"
    case .backboneCandidates: "backbone-candidates"
    case .pretrainedOnly: "pretrained-only"
    case .languageModelAlone: "language-model-alone"
    case .twoBackbones: "two-backbones"
    case .simple(let name): name
    }
  }

  public var description: String { rawValue }
}
