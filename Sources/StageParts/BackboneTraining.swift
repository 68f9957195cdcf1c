internal import Artifacts
import Datasets
public import Recommenders
public import StageKit
public import StageProtocol
internal import Tensors

/// What train-backbone and retrain-augmented share: parameters, inputs, the training itself, outputs.
public struct BackboneTraining {
  /// The parameters of both stages.
  public static let parameters: [ParameterSpec] = [
    .choice("backbone", default: BackboneName.mf, "the model"),
    .integer("seed", default: 1, "seed of everything random", minimum: 0),
    .integer("candidates", default: 50, "length of the candidate lists, k'", minimum: 1),
    .integer(
      "foldPositions", default: 10,
      "training interactions a user held out for out-of-fold hints at most; 0 for none", minimum: 0),
    .integer("embeddingDimension", default: nil, "width; null: the model's default", minimum: 1),
    .number("learningRate", default: nil, "Adam's step; null: the model's default", above: 0),
    .integer("batchSize", default: nil, "samples a step; null: the model's default", minimum: 1),
    .integer("epochs", default: nil, "most epochs; null: the model's default", minimum: 1),
    .integer(
      "patience", default: nil, "validations without a gain before stopping; null: the model's",
      minimum: 1),
    .integer("validationInterval", default: nil, "epochs between validations", minimum: 1),
    .number("l2", default: nil, "L2 factor; null: the model's default", minimum: 0),
    .number("dropout", default: nil, "dropout; null: the model's default", minimum: 0, below: 1),
    .integer("negatives", default: nil, "sampled negatives a positive", minimum: 1),
    .integer("maximumLength", default: nil, "sequential: items seen of a history", minimum: 1),
    .integer(
      "blocks", default: nil, "sequential models and AutoInt: attention blocks", minimum: 1),
    .integer("heads", default: nil, "sequential models and AutoInt: attention heads", minimum: 1),
    .integer("layers", default: nil, "graph models: layers of propagation", minimum: 1),
    .number(
      "edgeDropout", default: nil, "SGL: probability that a view lacks an edge", minimum: 0,
      below: 1),
    .number("contrastWeight", default: nil, "SGL, CL4SRec: factor of InfoNCE", minimum: 0),
    .number("temperature", default: nil, "SGL, CL4SRec: divides cosines", above: 0),
    .integer(
      "candidateNegatives", default: nil, "MixGCF: items a mixed negative is chosen from",
      minimum: 1),
    .number(
      "maskRate", default: nil, "BERT4Rec, CL4SRec: share that is masked or changed", above: 0,
      below: 1),
    .number("confidence", default: nil, "ALS: α of the confidence 1 + α r", minimum: 0),
    .integer("neighbours", default: nil, "item-kNN: neighbours of an item", minimum: 1),
    .integer("crossLayers", default: nil, "DCN: cross layers", minimum: 1),
    .integer("attentionUnits", default: nil, "AFM: width of the attention network", minimum: 1),
    .integers(
      "interactionUnits", default: nil, "xDeepFM: feature maps of each CIN layer", minimum: 1),
    .string(
      "sequenceLoss", default: nil,
      choices: BackboneConfiguration.SequenceLoss.allCases.map(\.rawValue),
      "sequential: loss at each position; null: the model's default"),
    .string(
      "sequenceWindows", default: nil,
      choices: BackboneConfiguration.SequenceWindows.allCases.map(\.rawValue),
      "sequential: the last window of a long history, or all; null: the model's default"),
    .number(
      "initialDeviation", default: nil, "standard deviation of the starting embeddings", above: 0),
    .integers("hiddenUnits", default: nil, "deep network: widths of the hidden layers", minimum: 1),
    .numbers(
      "penalties", default: nil, "EASE, ALS, item-kNN, bias: values that validation tries", above: 0
    ),
  ]

  /// The inputs of both stages.
  public static let inputs: [StageDescription.Input] = [
    .init("train", schema: "interactions", "training interactions"),
    .init("validation", schema: "targets", "stops training early; known at test"),
    .init("features", schema: "features", "rating models: encoded fields", optional: true),
    .init(
      "questions", schema: "questions", "rating models: the items asked at test", optional: true),
  ]

  /// The outputs of both stages.
  public static let outputs: [StageDescription.Output] = [
    .init("model", schema: "backbone-model", "the trained parameters"),
    .init("predictions", schema: "predictions", "candidates or ratings, user embeddings, folds"),
    .init("curves", schema: "curves", "loss and validation metric of each epoch"),
  ]

  let context: StageContext
  public let backbone: BackboneName
  /// What is trained on; the caller may augment it.
  public var data: TrainingData

  /// Reads the inputs.
  ///
  /// - Parameter context: Of one of the two stages.
  /// - Throws: What reading throws; `StageFailure` when a rating model lacks its inputs.
  public init(_ context: StageContext) throws {
    self.context = context
    backbone = context.parameters.choice("backbone")
    if backbone.task == .rating, !context.hasInput("features") || !context.hasInput("questions") {
      throw StageFailure(
        "\(backbone.rawValue) predicts ratings and needs the inputs features and questions",
        exitCode: .usage)
    }
    data = TrainingData(
      train: try Histories(artifact: context.input("train")),
      validation: try Targets(artifact: context.input("validation")))
    if backbone.task == .rating {
      data.features = try FeatureTable(artifact: context.input("features"))
      data.questions = try RatingQuestions(artifact: context.input("questions")).items
    }
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - data: What to train on; nil takes what was read.
  ///   - name: Distinguishes checkpoints where a stage trains several times.
  ///   - folds: Whether to make out-of-fold predictions.
  /// - Returns: The model and its predictions.
  /// - Throws: `BackboneError`, or `Interrupted` after the checkpoint is written.
  public func train(
    _ data: TrainingData? = nil, name: String = "", folds: Bool
  ) throws -> TrainedBackbone {
    let parameters = context.parameters
    return try trainBackbone(
      backbone, data: data ?? self.data, configuration: configuration,
      candidates: parameters.integer("candidates"),
      foldPositions: folds && !backbone.isBaseline ? parameters.integer("foldPositions") : 0,
      seed: UInt64(parameters.integer("seed")), monitor: context.monitor(prefix: name))
  }

  /// The model's defaults with what the parameters set.
  private var configuration: BackboneConfiguration {
    var result = BackboneConfiguration.defaults(for: backbone)
    let parameters = context.parameters
    func set<Value>(_ path: WritableKeyPath<BackboneConfiguration, Value>, _ value: Value?) {
      if let value { result[keyPath: path] = value }
    }
    func float(_ name: String) -> Float? { parameters.optionalNumber(name).map { Float($0) } }
    set(\.embeddingDimension, parameters.optionalInteger("embeddingDimension"))
    set(\.learningRate, float("learningRate"))
    set(\.batchSize, parameters.optionalInteger("batchSize"))
    set(\.epochs, parameters.optionalInteger("epochs"))
    set(\.patience, parameters.optionalInteger("patience"))
    set(\.validationInterval, parameters.optionalInteger("validationInterval"))
    set(\.l2, float("l2"))
    set(\.dropout, float("dropout"))
    set(\.negatives, parameters.optionalInteger("negatives"))
    set(\.maximumLength, parameters.optionalInteger("maximumLength"))
    set(\.blocks, parameters.optionalInteger("blocks"))
    set(\.heads, parameters.optionalInteger("heads"))
    set(
      \.sequenceLoss,
      parameters.optionalString("sequenceLoss").flatMap(
        BackboneConfiguration.SequenceLoss.init(rawValue:)))
    set(
      \.sequenceWindows,
      parameters.optionalString("sequenceWindows").flatMap(
        BackboneConfiguration.SequenceWindows.init(rawValue:)))
    set(\.initialDeviation, float("initialDeviation"))
    set(\.layers, parameters.optionalInteger("layers"))
    set(\.edgeDropout, float("edgeDropout"))
    set(\.contrastWeight, float("contrastWeight"))
    set(\.temperature, float("temperature"))
    set(\.candidateNegatives, parameters.optionalInteger("candidateNegatives"))
    set(\.maskRate, float("maskRate"))
    set(\.confidence, float("confidence"))
    set(\.neighbours, parameters.optionalInteger("neighbours"))
    set(\.crossLayers, parameters.optionalInteger("crossLayers"))
    set(\.attentionUnits, parameters.optionalInteger("attentionUnits"))
    set(\.interactionUnits, parameters.optionalIntegers("interactionUnits"))
    set(\.hiddenUnits, parameters.optionalIntegers("hiddenUnits"))
    set(\.penalties, parameters.optionalNumbers("penalties")?.map { Float($0) })
    return result
  }

  /// Writes the three outputs.
  ///
  /// - Parameters:
  ///   - trained: What `train` returned.
  ///   - label: The stage's name, for the curves.
  ///   - notes: Goes into the metadata of predictions and model: what was chosen.
  /// - Throws: What writing throws.
  public func write(
    _ trained: TrainedBackbone, label: String, notes: [String: String] = [:]
  ) throws {
    let seed = context.parameters.integer("seed")
    var model = Artifact(
      schema: "backbone-model",
      metadata: ["backbone": backbone.rawValue, "task": backbone.task.rawValue, "seed": "\(seed)"])
    for (name, matrix) in trained.parameters {
      model.set(name, floats: matrix.values, shape: [matrix.rows, matrix.columns])
    }
    var predictions = trained.predictions.artifact(backbone: backbone, seed: seed)
    for (key, value) in notes {
      model.metadata[key] = value
      predictions.metadata[key] = value
    }
    try context.write(model, to: "model")
    try context.write(predictions, to: "predictions")
    try context.writeCurve(
      trained.curve, label: label, metric: backbone.task == .rating ? "RMSE" : "NDCG@10",
      backbone: backbone.rawValue, seed: seed)
  }
}
