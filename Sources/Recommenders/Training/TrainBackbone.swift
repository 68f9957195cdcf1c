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
///   - note: Hears, before training, of choices that depend on the data: a sampled softmax, a sample of users.
/// - Returns: The model with its predictions.
/// - Throws: `BackboneError`, and what the monitor throws.
public func trainBackbone(
  _ name: BackboneName, data: TrainingData, configuration: BackboneConfiguration,
  candidates: Int, folds: FoldPositions? = nil, seed: UInt64, monitor: any TrainingMonitor,
  note: (String) -> Void = { _ in }
) throws -> TrainedBackbone {
  try configuration.check(for: name)
  try data.check()
  func run(_ suffix: String) -> TrainingRun {
    TrainingRun(name: name.rawValue + suffix, seed: seed, monitor: monitor)
  }
  func train<Model: Backbone>(_: Model.Type) throws -> TrainedBackbone {
    let judges = data.judges
    let plan = ValidationPlan(
      judges: judges, cost: Model.cost(on: data, configuration), configuration: configuration,
      seed: seed)
    let notes = Model.notes(on: data, configuration) + [plan.note].compactMap { $0 }
    notes.forEach(note)
    var model = Model(data: data, configuration: plan.applied(to: configuration), seed: seed)
    let fit = try model.fit(run(""), validate: Model.validation(on: data, users: plan.users))
    var chosen = fit.chosen
    chosen.validationInterval = configuration.validationInterval
    chosen.patience = configuration.patience
    let best =
      plan.isSample
      ? Model.validation(on: data, users: judges).map { $0(model) }
      : bestValidation(fit.curve, of: name)
    var predictions = model.predictions(on: data, candidates: candidates)
    let fold = folds.map { Fold(data, $0) }
    if let fold, !fold.users.isEmpty {
      var second = Model(data: fold.data, configuration: chosen, seed: seed)
      _ = try second.fit(run("-fold"), validate: nil)
      predictions.fold = second.predictions(of: fold, in: data.train, candidates: candidates)
    }
    return TrainedBackbone(
      model: BackboneModel(
        backbone: name, configuration: configuration, chosen: chosen, seed: seed,
        parameters: model.parameters),
      predictions: predictions, curve: fit.curve, bestValidation: best, notes: notes)
  }
  return try train(name.entry.model)
}

private func bestValidation(_ curve: [CurvePoint], of name: BackboneName) -> Float? {
  let values = curve.map(\.validation)
  return name.task.validationMetric.higherIsBetter ? values.max() : values.min()
}

/// A trained model, what it predicts, and how training went.
public struct TrainedBackbone: Sendable {
  public var model: BackboneModel
  public var predictions: Predictions
  /// One point a validated epoch; of models in closed form one a penalty tried.
  ///
  /// Of many users a sample was ranked (`docs/scale.md`).
  public var curve: [CurvePoint]

  /// The validation metric of the model, by all users; nil when nothing was validated.
  public var bestValidation: Float?
  /// Choices that depended on the data and changed what was learned, in words.
  public var notes: [String]
  /// Why there is no model, nor anything that it predicts; nil where there is one.
  public var leftOut: String?

  /// A simple baseline that is not trained: no parameters, and empty lists.
  ///
  /// - Parameters:
  ///   - name: The model.
  ///   - configuration: What it would have been trained with.
  ///   - users: Users of the data.
  ///   - candidates: Length of the lists.
  ///   - reason: Why.
  /// - Returns: What stands in the place of the model and its predictions.
  public static func leftOut(
    _ name: BackboneName, configuration: BackboneConfiguration, users: Int, candidates: Int,
    because reason: String
  ) -> TrainedBackbone {
    var predictions = Predictions(
      task: name.task, candidates: name.task == .rating ? 0 : candidates,
      userEmbeddings: Matrix(rows: users, columns: 0))
    if name.task == .rating {
      predictions.validationRatings = [Float](repeating: 0, count: users)
      predictions.testRatings = predictions.validationRatings
    } else {
      predictions.validationItems = [Int32](repeating: -1, count: users * candidates)
      predictions.validationScores = [Float](repeating: 0, count: users * candidates)
      predictions.testItems = predictions.validationItems
      predictions.testScores = predictions.validationScores
    }
    return TrainedBackbone(
      model: BackboneModel(
        backbone: name, configuration: configuration, chosen: configuration, seed: 0, parameters: []
      ),
      predictions: predictions, curve: [], bestValidation: nil, notes: [], leftOut: reason)
  }
}
