/// The hyperparameters of every backbone; a model reads those it knows and ignores the others.
///
/// Where the defaults come from is told in `docs/backbones.md`.
public struct BackboneConfiguration: Codable, Sendable, Equatable {
  /// What a sequential model minimises at each position.
  public enum SequenceLoss: String, Codable, CaseIterable, Sendable {
    /// Binary cross-entropy of the next item and of sampled negatives (Kang and McAuley, 2018).
    case binary
    /// Softmax cross-entropy over all items.
    case softmax
  }

  /// Which parts of a history longer than `maximumLength` a sequential model trains on.
  public enum SequenceWindows: String, Codable, CaseIterable, Sendable {
    /// The last one only (Kang and McAuley, 2018).
    case last
    /// All of them, cut from the end.
    case all
  }

  /// Width of the embeddings.
  public var embeddingDimension = 64
  /// Adam's step size.
  public var learningRate: Float = 1e-3
  /// Triples, sequences or ratings a step.
  public var batchSize = 2048
  /// Most epochs.
  public var epochs = 200
  /// Validations without a better metric after which training stops.
  public var patience = 10
  /// Epochs from one validation to the next.
  public var validationInterval = 1
  /// Factor of half the squared norm of the embeddings that a sample looked up.
  public var l2: Float = 0
  /// Rate of dropout.
  public var dropout: Float = 0
  /// Sampled negatives for each positive.
  public var negatives = 1
  /// Standard deviation of the starting embeddings.
  public var initialDeviation: Float = 0.1
  /// Sequential: items of a history that the model looks at.
  public var maximumLength = 50
  /// Sequential: self-attention blocks.
  public var blocks = 2
  /// Sequential: attention heads; divides `embeddingDimension`.
  public var heads = 1
  /// Sequential: the loss.
  public var sequenceLoss = SequenceLoss.binary
  /// Sequential: the training windows.
  public var sequenceWindows = SequenceWindows.last
  /// Widths of the hidden layers of a deep network.
  public var hiddenUnits: [Int] = []
  /// Penalties (EASE) or shrinkages (bias) among which validation chooses.
  public var penalties: [Float] = []

  public init() {}

  /// The defaults of a backbone.
  public static func defaults(for name: BackboneName) -> Self {
    var configuration = Self()
    switch name {
    case .mf:
      configuration.learningRate = 3e-3
      configuration.l2 = 1e-4
      configuration.initialDeviation = 0.01
      configuration.patience = 15
    case .sasrec:
      configuration.learningRate = 2e-3
      configuration.batchSize = 64
      configuration.dropout = 0.2
      configuration.sequenceLoss = .softmax
      configuration.patience = 5
    case .deepfm:
      configuration.embeddingDimension = 8
      configuration.batchSize = 256
      configuration.hiddenUnits = [256, 128]
      configuration.l2 = 1e-5
      configuration.initialDeviation = 0.01
      configuration.patience = 3
    case .popularity:
      break
    case .ease:
      configuration.penalties = [10, 30, 100, 300, 1000]
    case .bias:
      configuration.penalties = [1, 2, 5, 10, 20]
    }
    return configuration
  }
}
