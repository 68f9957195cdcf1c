public import Datasets
internal import Evaluation
public import Tensors

/// Trains a backbone on train, stops it by validation, and predicts validation, test and held-out
/// parts.
///
/// Lists rank all items except the user's own: train items at validation, the validation item too
/// at test. A killed run that is started again with the same arguments and monitor ends with the
/// same bits.
///
/// - Parameters:
///   - name: The model.
///   - data: What it may learn from.
///   - configuration: Its hyperparameters; `BackboneConfiguration.defaults(for:)` has good ones.
///   - candidates: Length of the candidate lists (top-k tasks).
///   - folds: Train interactions that are held out for out-of-fold predictions; nil trains no second model.
///   - seed: All randomness comes from it.
///   - monitor: Keeps checkpoints under the backbone's name and `NAME-fold`, and hears of progress.
/// - Returns: The model with its predictions.
/// - Throws: `BackboneError`, and what the monitor throws.
public func trainBackbone(
  _ name: BackboneName, data: TrainingData, configuration: BackboneConfiguration,
  candidates: Int, folds: FoldPositions? = nil, seed: UInt64, monitor: any TrainingMonitor
) throws -> TrainedBackbone {
  try configuration.check(for: name)
  try data.check()
  func run(_ suffix: String) -> TrainingRun {
    TrainingRun(name: name.rawValue + suffix, seed: seed, monitor: monitor)
  }
  func train<Model: Backbone>(_: Model.Type) throws -> TrainedBackbone {
    var model = Model(data: data, configuration: configuration, seed: seed)
    let validation = Model.validation(on: data)
    let fit = try model.fit(run(""), validate: validation)
    var predictions = model.predictions(on: data, candidates: candidates)
    let fold = folds.map { Fold(data, $0) }
    if let fold, !fold.users.isEmpty {
      var second = Model(data: fold.data, configuration: fit.chosen, seed: seed)
      _ = try second.fit(run("-fold"), validate: nil)
      predictions.fold = second.predictions(of: fold, in: data.train, candidates: candidates)
    }
    return TrainedBackbone(
      model: BackboneModel(
        backbone: name, configuration: configuration, chosen: fit.chosen, seed: seed,
        parameters: model.parameters),
      predictions: predictions, curve: fit.curve)
  }
  return try train(name.entry.model)
}

/// A trained model, what it predicts, and how training went.
public struct TrainedBackbone: Sendable {
  public var model: BackboneModel
  public var predictions: Predictions
  /// One point a validated epoch; of models in closed form one a penalty tried.
  public var curve: [CurvePoint]

  /// The best validation metric that training reached; nil when nothing was validated.
  public var bestValidation: Float? {
    let values = curve.map(\.validation)
    return model.backbone.task.validationMetric.higherIsBetter ? values.max() : values.min()
  }
}
