/// The hyperparameters of every backbone; a model reads those it knows and ignores the others.
///
/// What they mean, and within which limits, is declared in `Hyperparameters.swift`; which model reads
/// which, and with what defaults, in `BackboneTable.swift`.
public struct BackboneConfiguration: Sendable, Equatable {
  /// What a sequential model minimises at each position.
  public enum SequenceLoss: String, CaseIterable, Sendable {
    /// Binary cross-entropy of the next item and of sampled negatives (Kang and McAuley, 2018).
    case binary
    /// Softmax cross-entropy over all items, or over a sample of a large catalogue.
    case softmax
  }

  /// Which parts of a history longer than `maximumLength` a sequential model trains on.
  public enum SequenceWindows: String, CaseIterable, Sendable {
    /// The last one only (Kang and McAuley, 2018).
    case last
    /// All of them, cut from the end.
    case all
  }

  public var embeddingDimension = 64
  public var learningRate: Float = 1e-3
  public var batchSize = 2048
  public var epochs = 200
  public var patience = 10
  public var validationInterval = 1
  public var l2: Float = 0
  public var dropout: Float = 0
  public var initialDeviation: Float = 0.1
  public var negatives = 1
  public var candidateNegatives = 64
  public var layers = 2
  public var edgeDropout: Float = 0.1
  public var contrastWeight: Float = 0.1
  public var temperature: Float = 0.2
  public var maximumLength = 50
  public var blocks = 2
  public var heads = 1
  public var maskRate: Float = 0.5
  public var sequenceLoss = SequenceLoss.binary
  public var sequenceWindows = SequenceWindows.last
  public var fullSoftmaxItems = 10_000
  public var sampledItems = 1024
  public var hiddenUnits: [Int] = []
  public var crossLayers = 2
  public var attentionUnits = 8
  public var interactionUnits = [256, 128]
  public var penalties: [Float] = []
  public var neighbours = 100
  public var confidence: Float = 0
  public var frequentItems = 10_000

  public init() {}

  /// The defaults of a backbone.
  public static func defaults(for name: BackboneName) -> Self { name.entry.defaults }

  /// Checks what a model reads.
  ///
  /// - Parameter backbone: The model.
  /// - Throws: `BackboneError.configuration` at the first hyperparameter outside its limits, or that
  ///   does not go with the others.
  public func check(for backbone: BackboneName) throws {
    func fail(_ parameter: Hyperparameter, _ expected: String) -> BackboneError {
      .configuration(
        backbone: backbone, key: parameter.name, found: "\(parameter.value(in: self))",
        expected: expected)
    }
    for parameter in backbone.hyperparameters {
      if let expected = parameter.expectation(insteadOf: parameter.value(in: self)) {
        throw fail(parameter, expected)
      }
    }
    for rule in backbone.rules {
      if let (parameter, expected) = rule.fault(in: self) { throw fail(parameter, expected) }
    }
  }

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
}
