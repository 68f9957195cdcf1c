internal import Artifacts
public import Datasets
internal import Evaluation
internal import Foundations
public import Recommenders
public import StageKit
public import StageProtocol

/// What train-backbone and retrain-augmented share: parameters, inputs, the training itself, outputs.
public struct BackboneTraining {
  /// The parameters of both stages.
  public static let parameters: [ParameterSpec] =
    [
      .choice("backbone", default: BackboneName.mf, "the model"),
      .integer("seed", default: 1, "seed of everything random", minimum: 0),
      .integer(
        "candidates", default: 50, "length of the candidate lists, k'; metrics look at ten",
        minimum: 10, maximum: 1_000_000),
    ] + Hyperparameter.all.map(\.spec)

  /// Which of the hyperparameters each model reads, with its defaults; others are refused for it.
  public static let variants = ParameterVariants(
    of: "backbone",
    Dictionary(
      uniqueKeysWithValues: BackboneName.allCases.map { name in
        let defaults = BackboneConfiguration.defaults(for: name)
        let reads = name.hyperparameters.map { ($0.name, $0.value(in: defaults).json) }
        return (name.rawValue, Dictionary(uniqueKeysWithValues: reads))
      }))

  /// What hyperparameters have to obey together, for the models that read them.
  public static let rules: [ParameterRule] = BackboneName.allCases.flatMap(\.rules).map(\.rule)
    .reduce(into: []) { rules, rule in
      if !rules.contains(rule) { rules.append(rule) }
    }

  /// The inputs of both stages.
  public static let inputs: [StageDescription.Input] = [
    .init("train", schema: "interactions", "training interactions"),
    .init("validation", schema: "validation", "stops training early; known at test"),
    .init("features", schema: "features", "rating models: encoded fields", optional: true),
    .init(
      "questions", schema: "questions", "rating models: the items asked at test", optional: true),
    .init(
      "settings", schema: "backbone-model",
      "a model of the same name, whose epochs or penalty are taken instead of choosing them",
      optional: true, isSettings: true),
  ]

  /// The outputs of both stages.
  public static let outputs: [StageDescription.Output] = [
    .init("model", schema: "backbone-model", "the trained parameters"),
    .init("predictions", schema: "predictions", "candidates or ratings, user embeddings, folds"),
    .init("curves", schema: "curves", "loss and validation metric of each epoch"),
  ]

  let context: StageContext
  public let backbone: BackboneName
  /// The model's defaults with what the parameters set.
  private let configuration: BackboneConfiguration
  /// What is trained on; the caller may augment it.
  public var data: TrainingData

  /// Reads the inputs.
  ///
  /// - Parameter context: Of one of the two stages.
  /// - Throws: What reading throws; `StageFailure` when a rating model lacks its inputs.
  public init(_ context: StageContext) throws {
    self.context = context
    backbone = context.parameters.choice("backbone")
    if context.hasInput("settings") {
      let artifact = try context.input("settings")
      let settings = try BackboneModel(artifact: artifact)
      guard settings.backbone == backbone else {
        throw StageFailure(
          "\(context.path(ofInput: "settings")): found settings of \(settings.backbone.rawValue), "
            + "expected those of \(backbone.rawValue)", exitCode: .badData)
      }
      configuration = settings.chosen
    } else {
      configuration = try Self.configuration(of: backbone, context.parameters)
    }
    if backbone.task == .rating, !context.hasInput("features") || !context.hasInput("questions") {
      throw StageFailure(
        "\(backbone.rawValue) predicts ratings and needs the inputs features and questions",
        exitCode: .usage)
    }
    data = TrainingData(
      train: try Histories(artifact: context.input("train")),
      validation: try ValidationTargets(artifact: context.input("validation")).targets)
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
  ///   - folds: What to predict out of fold; nil for nothing.
  /// - Returns: The model and its predictions.
  /// - Throws: `BackboneError`, or `Interrupted` after the checkpoint is written.
  public func train(
    _ data: TrainingData? = nil, name: String = "", folds: FoldPositions? = nil
  ) throws -> TrainedBackbone {
    let parameters = context.parameters
    let data = data ?? self.data
    let candidates = parameters.integer("candidates")
    let forecast = MemoryForecast(
      backbone, on: data, configuration: configuration, candidates: candidates,
      folds: folds)
    context.log(
      "\(backbone.label) takes about \(Format.bytes(forecast.bytes)) of memory, "
        + "\(Format.bytes(context.memory)) are free")
    guard forecast.fits(context.memory) else {
      let refusal = forecast.refusal(budget: context.memory)
      guard backbone.isBaseline else { throw StageFailure(refusal, exitCode: .usage) }
      context.log("left out: \(refusal)", level: .warning)
      return .leftOut(
        backbone, configuration: configuration, users: data.train.userCount,
        candidates: candidates, because: refusal)
    }
    return try trainBackbone(
      backbone, data: data, configuration: configuration, candidates: candidates, folds: folds,
      seed: UInt64(parameters.integer("seed")), monitor: context.monitor(prefix: name)
    ) { context.log($0, level: .notice) }
  }

  /// The model's defaults with what the parameters set.
  ///
  /// - Parameters:
  ///   - backbone: The model.
  ///   - parameters: Those of `BackboneTraining.parameters`.
  /// - Returns: Within all limits.
  /// - Throws: `BackboneError` where a number is within limits, but not in the precision of `Float`.
  package static func configuration(
    of backbone: BackboneName, _ parameters: ParameterValues
  ) throws -> BackboneConfiguration {
    var result = BackboneConfiguration.defaults(for: backbone)
    for parameter in backbone.hyperparameters {
      if let value = parameter.value(in: parameters) { parameter.set(value, in: &result) }
    }
    try result.check(for: backbone)
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
    var model = trained.model.artifact()
    var predictions = trained.predictions.artifact(backbone: backbone, seed: seed)
    predictions.metadata["hyperparameters"] = model.metadata["configuration"]
    predictions.metadata[Predictions.leftOutKey] = trained.leftOut
    if !trained.notes.isEmpty { model.metadata["choices"] = trained.notes.joined(separator: "; ") }
    for (key, value) in notes {
      model.metadata[key] = value
      predictions.metadata[key] = value
    }
    try context.write(model, to: "model")
    try context.write(predictions, to: "predictions")
    try context.writeCurve(
      trained.curve, label: label, metric: backbone.task.validationMetric.rawValue,
      backbone: backbone.rawValue, seed: seed)
  }
}

extension Hyperparameter {
  /// The parameter of a stage that sets it; null leaves the model's default.
  fileprivate var spec: ParameterSpec {
    let (some, all) = (readers, BackboneName.allCases)
    let models = some.count < all.count / 2 ? some.map(\.label).joined(separator: ", ") + ": " : ""
    let summary = "\(models)\(summary); null: the model's default"
    switch kind {
    case .integer:
      return .integer(
        name, default: nil, summary, minimum: limits.minimum.map { Int($0) },
        maximum: limits.maximum.map { Int($0) })
    case .integers:
      return .integers(
        name, default: nil, summary, minimum: limits.minimum.map { Int($0) },
        maximum: limits.maximum.map { Int($0) })
    case .number:
      return .number(
        name, default: nil, summary, minimum: limits.minimum, above: limits.above,
        maximum: limits.maximum, below: limits.below)
    case .numbers:
      return .numbers(
        name, default: nil, summary, minimum: limits.minimum, above: limits.above,
        maximum: limits.maximum, below: limits.below)
    case .choice(let words): return .string(name, default: nil, choices: words, summary)
    }
  }

  /// What the parameters set; nil leaves the model's default.
  fileprivate func value(in parameters: ParameterValues) -> Value? {
    switch kind {
    case .integer: parameters.optionalInteger(name).map { .integer($0) }
    case .integers: parameters.optionalIntegers(name).map { .integers($0) }
    case .number: parameters.optionalNumber(name).map { .number(Float($0)) }
    case .numbers: parameters.optionalNumbers(name).map { .numbers($0.map { Float($0) }) }
    case .choice: parameters.optionalString(name).map { .choice($0) }
    }
  }
}

extension Hyperparameter.Value {
  fileprivate var json: JSONValue {
    // A Float's own digits are shorter than those of the Double with the same value.
    func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
    return switch self {
    case .integer(let value): .integer(value)
    case .number(let value): number(value)
    case .integers(let values): .array(values.map { .integer($0) })
    case .numbers(let values): .array(values.map(number))
    case .choice(let word): .string(word)
    }
  }
}

extension HyperparameterRule {
  fileprivate var rule: ParameterRule {
    switch self {
    case .divides(let divisor, let number):
      .divides(divisor: divisor.name, dividend: number.name)
    case .evenButLast(let list): .evenButLast(list: list.name)
    }
  }
}
