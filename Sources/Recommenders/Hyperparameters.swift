extension Hyperparameter {
  // Every model that is trained by gradients.
  static let embeddingDimension = integer(
    "embeddingDimension", \.embeddingDimension, "width of the embeddings", maximum: widest)
  static let learningRate = number(
    "learningRate", \.learningRate, "Adam's step size", Limits(above: 0))
  static let batchSize = integer("batchSize", \.batchSize, "triples, sequences or ratings a step")
  static let epochs = integer("epochs", \.epochs, "most epochs, or passes of ALS")
  static let patience = integer(
    "patience", \.patience, "validations without a better metric after which training stops")
  static let validationInterval = integer(
    "validationInterval", \.validationInterval, "epochs from one validation to the next")
  static let l2 = number(
    "l2", \.l2, "factor of half the squared norm of the embeddings that a sample looked up",
    Limits(minimum: 0))
  static let dropout = number("dropout", \.dropout, "rate of dropout", share)
  static let initialDeviation = number(
    "initialDeviation", \.initialDeviation, "standard deviation of the starting embeddings",
    Limits(above: 0))

  // Rankings.
  static let negatives = integer(
    "negatives", \.negatives, "sampled negatives for each positive", maximum: widest)
  static let candidateNegatives = integer(
    "candidateNegatives", \.candidateNegatives, "items that a mixed negative is chosen from",
    maximum: widest)
  static let layers = integer("layers", \.layers, "layers of propagation", maximum: deepest)
  static let edgeDropout = number(
    "edgeDropout", \.edgeDropout, "probability that a view lacks an edge", share)
  static let contrastWeight = number(
    "contrastWeight", \.contrastWeight, "factor of InfoNCE", Limits(minimum: 0))
  static let temperature = number(
    "temperature", \.temperature, "what cosines are divided by", Limits(above: 0))

  // Sequences.
  static let maximumLength = integer(
    "maximumLength", \.maximumLength, "items of a history that the model looks at",
    maximum: widest)
  static let blocks = integer(
    "blocks", \.blocks, "attention blocks or interacting layers", maximum: deepest)
  static let heads = integer(
    "heads", \.heads, "attention heads; divides embeddingDimension", maximum: widest)
  static let maskRate = number(
    "maskRate", \.maskRate, "share of items that are masked, or that a view changes",
    Limits(above: 0, below: 1))
  static let sequenceLoss = choice(
    "sequenceLoss", \.sequenceLoss,
    "binary cross-entropy with sampled negatives, or softmax over items")
  static let fullSoftmaxItems = integer(
    "fullSoftmaxItems", \.fullSoftmaxItems,
    "largest catalogue whose softmax is over all items; beyond it is over sampledItems a step")
  static let sampledItems = integer(
    "sampledItems", \.sampledItems, "items that a step's softmax samples from a large catalogue")
  static let sequenceWindows = choice(
    "sequenceWindows", \.sequenceWindows,
    "the last stretch of a history longer than maximumLength, or all")

  // Fields.
  static let hiddenUnits = integers(
    "hiddenUnits", \.hiddenUnits, "widths of the deep network's hidden layers")
  static let crossLayers = integer("crossLayers", \.crossLayers, "cross layers", maximum: deepest)
  static let attentionUnits = integer(
    "attentionUnits", \.attentionUnits, "width of the attention network", maximum: widest)
  static let interactionUnits = integers(
    "interactionUnits", \.interactionUnits,
    "feature maps of each interaction layer; all but the last even")

  // Closed forms.
  static let penalties = Hyperparameter(
    "penalties", \.penalties, "penalties or shrinkages among which validation chooses", .numbers,
    Limits(above: 0)
  ) {
    .numbers($0)
  } unwrap: {
    if case .numbers(let values) = $0 { values } else { nil }
  }
  static let neighbours = integer(
    "neighbours", \.neighbours, "neighbours of an item")
  static let frequentItems = integer(
    "frequentItems", \.frequentItems,
    "the most frequent items, which alone EASE lists; its memory grows with the square, its time with the cube"
  )
  static let confidence = number(
    "confidence", \.confidence, "α of the confidence 1 + α r", Limits(minimum: 0))

  /// Beyond every sensible width, and small enough that sizes do not overflow.
  private static let widest = 65_536
  /// Likewise, of layers.
  private static let deepest = 1024
  /// A probability that is not certain.
  private static let share = Limits(minimum: 0, below: 1)
}

/// What hyperparameters of a model have to obey together.
public enum HyperparameterRule: Sendable {
  /// The first divides the second.
  case divides(Hyperparameter, Hyperparameter)
  /// All numbers of a list but the last are even.
  case evenButLast(Hyperparameter)

  /// The hyperparameter at fault and what is expected of it; nil where the rule holds.
  func fault(
    in configuration: BackboneConfiguration
  ) -> (parameter: Hyperparameter, expected: String)? {
    switch self {
    case .divides(let divisor, let number):
      guard case .integer(let small) = divisor.value(in: configuration),
        case .integer(let large) = number.value(in: configuration), large % small != 0
      else { return nil }
      return (divisor, "a divisor of \(number.name) (\(large))")
    case .evenButLast(let list):
      guard case .integers(let values) = list.value(in: configuration),
        !values.dropLast().allSatisfy({ $0 % 2 == 0 })
      else { return nil }
      return (list, "all but the last even")
    }
  }
}

extension Hyperparameter {
  /// A whole number from 1 on.
  private static func integer(
    _ name: String, _ path: Path<Int>, _ summary: String, maximum: Int = Int(Int32.max)
  ) -> Self {
    Self(name, path, summary, .integer, Limits(minimum: 1, maximum: Double(maximum))) {
      .integer($0)
    } unwrap: {
      if case .integer(let value) = $0 { value } else { nil }
    }
  }

  private static func number(
    _ name: String, _ path: Path<Float>, _ summary: String, _ limits: Limits
  ) -> Self {
    Self(name, path, summary, .number, limits) {
      .number($0)
    } unwrap: {
      if case .number(let value) = $0 { value } else { nil }
    }
  }

  /// Widths of any number of layers.
  private static func integers(
    _ name: String, _ path: Path<[Int]>, _ summary: String
  ) -> Self {
    Self(
      name, path, summary, .integers, Limits(minimum: 1, maximum: Double(widest)),
      allowsEmpty: true
    ) {
      .integers($0)
    } unwrap: {
      if case .integers(let values) = $0 { values } else { nil }
    }
  }

  private static func choice<Choice: CaseIterable & RawRepresentable<String> & Sendable>(
    _ name: String, _ path: Path<Choice>, _ summary: String
  ) -> Self {
    Self(name, path, summary, .choice(Choice.allCases.map(\.rawValue))) {
      .choice($0.rawValue)
    } unwrap: {
      if case .choice(let word) = $0 { Choice(rawValue: word) } else { nil }
    }
  }
}
