internal import Datasets
internal import Tensors

/// What the models have in common: they learn from `TrainingData`, and their parameters have names.
protocol Backbone {
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
}

/// Where a fit keeps its checkpoint, and what makes it repeatable.
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

/// A list to make: for whom, and what that user is known to have at that moment.
struct RankingQuery {
  var user: Int
  /// In time order; none of it is ever listed.
  var history: ArraySlice<Int32>
}

/// A model of the top-k tasks.
protocol RankingBackbone: Backbone {
  /// A score for every item, larger is better: Q × I.
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix

  /// One row a user: U × D. Users are similar when their rows point the same way.
  func userEmbeddings(_ histories: Histories) -> Matrix
}

/// A model of the rating task.
protocol RatingBackbone: Backbone {
  /// The predicted rating of each pair of a user and an item.
  func ratings(users: [Int32], items: [Int32]) -> [Float]

  /// One row a user: U × D. Users are similar when their rows point the same way.
  func userEmbeddings() -> Matrix
}
