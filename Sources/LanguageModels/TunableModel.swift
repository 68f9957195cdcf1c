public import Artifacts
public import Foundations
public import Tensors

/// A text to learn: what is only read, and what the model shall come to say.
public struct TrainingText: Sendable, Equatable {
  public private(set) var segments: [Prompt.Segment] = []
  /// Whether the tokens of segment i are learned.
  public private(set) var isTarget: [Bool] = []

  public init() {}

  /// Appends what is only read.
  public mutating func read(_ prompt: Prompt) { append(prompt, isTarget: false) }

  /// Appends what is learned.
  public mutating func learn(_ prompt: Prompt) { append(prompt, isTarget: true) }

  private mutating func append(_ prompt: Prompt, isTarget: Bool) {
    segments += prompt.segments
    self.isTarget += prompt.segments.map { _ in isTarget }
  }
}

/// How a model learns from texts; the loop around it is `EarlyStoppingTrainer`'s.
public struct TrainingRecipe: Sendable, Equatable {
  /// Texts a step.
  public var batchSize: Int
  /// Rate on embeddings and residual branches.
  public var dropout: Float
  public var optimizer: Adam.Configuration
  /// Largest gradient norm.
  public var gradientClip: Float
  public var schedule: LearningRateSchedule

  public init(
    batchSize: Int = 32, dropout: Float = 0.2, optimizer: Adam.Configuration,
    gradientClip: Float = 1, schedule: LearningRateSchedule
  ) {
    self.batchSize = batchSize
    self.dropout = dropout
    self.optimizer = optimizer
    self.gradientClip = gradientClip
    self.schedule = schedule
  }
}

/// A language model that learns: from scratch, or from instructions.
public protocol TunableModel: LanguageModel {
  /// How large the model is, in words.
  var summary: String { get }

  /// A model that learned, by cross-entropy on the targets of texts; this one stays as it is.
  ///
  /// - Parameters:
  ///   - name: The checkpoint's name.
  ///   - loop: Epochs, patience, which metric is better.
  ///   - recipe: Batches and optimizer.
  ///   - random: The only source of randomness.
  ///   - monitor: Where states go; an interrupted training repeats at most the epoch under way.
  ///   - metricName: Shown with progress.
  ///   - texts: Makes the texts of one epoch.
  ///   - validate: The metric of the weights so far; nil where nothing is chosen: the last weights stay.
  /// - Returns: The model with the best weights, and one point per validated epoch.
  /// - Throws: What the closures and the monitor throw.
  func trained(
    name: String, loop: EarlyStoppingTrainer, recipe: TrainingRecipe,
    random: inout SeededRandom, monitor: any TrainingMonitor, metricName: String,
    texts: (inout SeededRandom) -> [TrainingText], validate: (Self) async throws -> Float?
  ) async throws -> (model: Self, curve: [CurvePoint])

  /// What `readLanguageModel` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  /// - Throws: What encoding throws.
  func artifact() throws -> Artifact
}

extension LanguageModel {
  /// The model as one that learns.
  ///
  /// Throws `UnsupportedByModel` where it cannot.
  public func tunable() throws(UnsupportedByModel) -> any TunableModel {
    guard let model = self as? any TunableModel else {
      throw UnsupportedByModel(
        identity: identity, found: "a model that cannot be trained here",
        needed: "one with weights of its own")
    }
    return model
  }
}
