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
  /// Rate on embeddings that are trained and on residual branches, or on what adapters read.
  public var dropout: Float
  public var optimizer: Adam.Configuration
  /// Largest gradient norm.
  public var gradientClip: Float
  public var schedule: LearningRateSchedule
  /// What only a pretrained checkpoint knows to do.
  public var checkpoint: CheckpointTuning

  public init(
    batchSize: Int = 32, dropout: Float = 0.2, optimizer: Adam.Configuration,
    gradientClip: Float = 1, schedule: LearningRateSchedule,
    checkpoint: CheckpointTuning = CheckpointTuning()
  ) {
    self.batchSize = batchSize
    self.dropout = dropout
    self.optimizer = optimizer
    self.gradientClip = gradientClip
    self.schedule = schedule
    self.checkpoint = checkpoint
  }
}

/// How a pretrained checkpoint learns, beside what every model does.
public struct CheckpointTuning: Sendable, Equatable {
  /// What is trained while all else stays as it is; nil trains every parameter.
  public var adapters: AdapterOptions?
  /// Whether titles that are only read are targets, too, in prompts that are no conversation.
  public var learnsEveryTitle: Bool
  /// Steps between two states that a killed training goes on from; a request to stop waits for the next one, too.
  public var stateInterval: Int
  /// Bytes of activations that are kept for their gradients, all threads together; what would take more is
  /// computed again a layer at a time, which gives the same bits.
  public var activationBytes: Int

  public init(
    adapters: AdapterOptions? = AdapterOptions(), learnsEveryTitle: Bool = false,
    stateInterval: Int = 4, activationBytes: Int = 4 << 30
  ) {
    precondition(stateInterval > 0, "steps between two states")
    self.adapters = adapters
    self.learnsEveryTitle = learnsEveryTitle
    self.stateInterval = stateInterval
    self.activationBytes = activationBytes
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
