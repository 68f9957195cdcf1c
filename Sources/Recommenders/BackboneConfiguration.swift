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
  /// Self-attention blocks (sequential) or interacting layers (AutoInt).
  public var blocks = 2
  /// Attention heads; divides `embeddingDimension`.
  public var heads = 1
  /// Sequential: the loss.
  public var sequenceLoss = SequenceLoss.binary
  /// Sequential: the training windows.
  public var sequenceWindows = SequenceWindows.last
  /// BERT4Rec: share of masked items; CL4SRec: share of a sequence that a view changes.
  public var maskRate: Float = 0.5
  /// Graph: layers of propagation.
  public var layers = 2
  /// SGL: probability that a view lacks an edge.
  public var edgeDropout: Float = 0.1
  /// SGL and CL4SRec: factor of InfoNCE.
  public var contrastWeight: Float = 0.1
  /// SGL and CL4SRec: what cosines are divided by.
  public var temperature: Float = 0.2
  /// MixGCF: items that a mixed negative is chosen from.
  public var candidateNegatives = 64
  /// ALS: α of the confidence 1 + α r.
  public var confidence: Float = 0
  /// Item-kNN: neighbours of an item.
  public var neighbours = 100
  /// Widths of the hidden layers of a deep network.
  public var hiddenUnits: [Int] = []
  /// DCN: cross layers.
  public var crossLayers = 2
  /// AFM: width of the attention network.
  public var attentionUnits = 8
  /// xDeepFM: feature maps of each layer of the compressed interaction network; all but the last
  /// are halved and therefore even.
  public var interactionUnits = [256, 128]
  /// Penalties (EASE, ALS) or shrinkages (item-kNN, bias) among which validation chooses.
  public var penalties: [Float] = []

  public init() {}

  /// Whether Adam leaves rows of an embedding table alone that a batch does not look up.
  ///
  /// It moves all rows at every step, so that an epoch costs steps × rows: the square of the data.
  /// From eight times the rows that a batch can look up it is lazy, and the cost linear.
  ///
  /// - Parameters:
  ///   - rows: Of all tables together.
  ///   - lookups: Rows that a sample looks up.
  /// - Returns: Whether the optimizer is to visit looked-up rows alone.
  func isRowSparse(rows: Int, lookups: Int) -> Bool { rows > 8 * lookups * batchSize }

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
    case .lightgcn:
      configuration.learningRate = 1e-2
      configuration.l2 = 1e-4
      configuration.patience = 15
    case .sgl:
      configuration.learningRate = 3e-3
      configuration.l2 = 1e-4
      configuration.contrastWeight = 0.02
      configuration.patience = 15
    case .mixgcf:
      configuration.learningRate = 5e-3
      configuration.l2 = 1e-4
      configuration.layers = 3
      configuration.candidateNegatives = 16
      configuration.patience = 15
    case .bert4rec:
      configuration.learningRate = 2e-3
      configuration.batchSize = 64
      configuration.dropout = 0.2
      configuration.maskRate = 0.2
      configuration.patience = 15
    case .cl4srec:
      configuration.learningRate = 2e-3
      configuration.batchSize = 64
      configuration.dropout = 0.3
      configuration.sequenceLoss = .softmax
      configuration.patience = 5
      configuration.contrastWeight = 0.01
      configuration.temperature = 1
    case .als:
      configuration.initialDeviation = 0.01
      configuration.epochs = 15
      configuration.penalties = [3, 10, 30]
    case .itemknn:
      configuration.penalties = [1, 10, 30, 100, 300]
    case .deepfm: configuration = fields(hiddenUnits: [256, 128])
    case .nfm, .dcn: configuration = fields(hiddenUnits: [128, 128])
    case .autoint:
      configuration = fields(hiddenUnits: [256, 128])
      configuration.blocks = 3
      configuration.heads = 2
    case .afm: configuration = fields(hiddenUnits: [])
    case .xdeepfm: configuration = fields(hiddenUnits: [256, 256])
    case .popularity:
      break
    case .ease:
      configuration.penalties = [10, 30, 100, 300, 1000]
    case .bias:
      configuration.penalties = [1, 2, 5, 10, 20]
    }
    return configuration
  }

  /// What the models on field embeddings have in common.
  private static func fields(hiddenUnits: [Int]) -> Self {
    var configuration = Self()
    configuration.embeddingDimension = 8
    configuration.batchSize = 256
    configuration.hiddenUnits = hiddenUnits
    configuration.l2 = 1e-5
    configuration.initialDeviation = 0.01
    configuration.patience = 3
    return configuration
  }
}
