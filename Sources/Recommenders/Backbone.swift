internal import Datasets
internal import Evaluation
internal import Tensors

/// What the models have in common: they learn from `TrainingData`, and their parameters have names.
protocol Backbone: SendableMetatype {
  static var name: BackboneName { get }

  /// Fresh parameters from the seed.
  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64)

  /// Everything predictions depend on beside the data, by name.
  var parameters: [(name: String, value: Matrix)] { get }

  /// Puts saved parameters back; throws `BackboneError.parameter` where one does not fit.
  mutating func load(_ parameters: [String: Matrix]) throws

  /// Trains and keeps the best parameters.
  ///
  /// - Parameters:
  ///   - run: Checkpoint, seed and monitor.
  ///   - validate: The metric of the model as it is, larger is better for ranking, smaller for
  ///     ratings; nil trains to the end of the configuration and takes the first penalty.
  /// - Returns: The curve, and the configuration that trains as long without validation.
  /// - Throws: `BackboneError.diverged`, and what the monitor throws.
  mutating func fit(_ run: TrainingRun, validate: ((Self) throws -> Float)?) throws -> Fit

  /// The metric of a model on some users' validation items; nil when there are none.
  static func validation(on data: TrainingData, users: [Int]) -> ((Self) -> Float)?

  /// What training and validation cost.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost

  /// The bytes that a model of a configuration holds at once while it trains and predicts, beside the data.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int

  /// Choices that depend on the data and change what is learned, in words.
  static func notes(on data: TrainingData, _ configuration: BackboneConfiguration) -> [String]

  /// What the model says of every user at validation and at test; `candidates` is the lists' length.
  func predictions(on data: TrainingData, candidates: Int) -> Predictions

  /// What the model says of given items.
  ///
  /// - Parameters:
  ///   - items: U × K rows of the catalogue, −1 where a list ends.
  ///   - data: What it was trained on; histories may have grown.
  ///   - knowsValidation: Whether the validation item is known, as it is at test.
  ///   - task: In whose table the scores stand: in the sequential one a known validation item is read.
  /// - Returns: U × K, 0 where there is no item; for ratings the predicted ones.
  func scores(
    of items: [Int32], on data: TrainingData, knowsValidation: Bool, for task: RecommendationTask
  ) -> [Float]

  /// What a model that was trained on a fold's data says of what is held out of `train`.
  func predictions(of fold: Fold, in train: Histories, candidates: Int) -> FoldPredictions
}

/// Where a fit keeps its checkpoint, and what makes it repeatable.
extension Backbone {
  /// Bytes of so many trained numbers: value, gradient, two moments, the best and a checkpoint of four.
  static func trainedMemory(_ count: Int) -> Int { 4 * 9 * count }

  static func notes(on data: TrainingData, _ configuration: BackboneConfiguration) -> [String] {
    []
  }
}

struct TrainingRun {
  /// The checkpoint's name, different for every fit of a stage.
  var name: String
  var seed: UInt64
  var monitor: any TrainingMonitor
}

/// How a fit went.
struct Fit {
  var curve: [CurvePoint]
  /// The configuration with what validation chose: epochs or penalty.
  var chosen: BackboneConfiguration
}
