internal import Datasets
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
///   - foldPositions: Most train interactions a user that are held out for out-of-fold predictions;
///     0 trains no second model.
///   - seed: All randomness comes from it.
///   - monitor: Keeps checkpoints under the backbone's name and `NAME-fold`, and hears of progress.
/// - Returns: The model with its predictions.
/// - Throws: `BackboneError`, and what the monitor throws.
public func trainBackbone(
  _ name: BackboneName, data: TrainingData, configuration: BackboneConfiguration,
  candidates: Int, foldPositions: Int, seed: UInt64, monitor: any TrainingMonitor
) throws -> TrainedBackbone {
  try configuration.check(name)
  try data.check()
  let job = TrainingJob(
    name: name, data: data, configuration: configuration, candidates: candidates,
    foldPositions: foldPositions, seed: seed, monitor: monitor)
  switch name {
  case .mf: return try job.rank(MatrixFactorization.self)
  case .popularity: return try job.rank(Popularity.self)
  case .ease: return try job.rank(EASE.self)
  case .sasrec: return try job.rank(SASRec.self)
  case .lightgcn: return try job.rank(LightGCN.self)
  case .sgl: return try job.rank(SGL.self)
  case .mixgcf: return try job.rank(MixGCF.self)
  case .als: return try job.rank(ALS.self)
  case .itemknn: return try job.rank(ItemKNN.self)
  case .bert4rec: return try job.rank(BERT4Rec.self)
  case .cl4srec: return try job.rank(CL4SRec.self)
  case .deepfm: return try job.rate(FieldModel<DeepFM>.self)
  case .nfm: return try job.rate(FieldModel<NFM>.self)
  case .dcn: return try job.rate(FieldModel<DCN>.self)
  case .autoint: return try job.rate(FieldModel<AutoInt>.self)
  case .afm: return try job.rate(FieldModel<AFM>.self)
  case .xdeepfm: return try job.rate(FieldModel<XDeepFM>.self)
  case .bias: return try job.rate(BiasModel.self)
  }
}

/// Predicts with saved parameters, without training; folds stay nil.
///
/// - Parameters:
///   - name: The model.
///   - parameters: What `TrainedBackbone.parameters` held.
///   - data: The data it was trained on; histories may have grown.
///   - configuration: The configuration it was trained with.
///   - candidates: Length of the candidate lists (top-k tasks).
/// - Returns: The same predictions, bit for bit, as after training.
/// - Throws: `BackboneError.parameter` where the parameters do not fit.
public func predict(
  _ name: BackboneName, parameters: [(name: String, value: Matrix)], data: TrainingData,
  configuration: BackboneConfiguration, candidates: Int
) throws -> Predictions {
  try configuration.check(name)
  try data.check()
  let job = TrainingJob(
    name: name, data: data, configuration: configuration, candidates: candidates,
    foldPositions: 0, seed: 0, monitor: SilentMonitor())
  let saved = Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first }
  func load<Model: Backbone>(_: Model.Type) throws -> Model {
    var model = Model(data: data, configuration: configuration, seed: 0)
    try model.load(saved)
    return model
  }
  switch name {
  case .mf: return job.predictions(of: try load(MatrixFactorization.self))
  case .popularity: return job.predictions(of: try load(Popularity.self))
  case .ease: return job.predictions(of: try load(EASE.self))
  case .sasrec: return job.predictions(of: try load(SASRec.self))
  case .lightgcn: return job.predictions(of: try load(LightGCN.self))
  case .sgl: return job.predictions(of: try load(SGL.self))
  case .mixgcf: return job.predictions(of: try load(MixGCF.self))
  case .als: return job.predictions(of: try load(ALS.self))
  case .itemknn: return job.predictions(of: try load(ItemKNN.self))
  case .bert4rec: return job.predictions(of: try load(BERT4Rec.self))
  case .cl4srec: return job.predictions(of: try load(CL4SRec.self))
  case .deepfm: return job.predictions(of: try load(FieldModel<DeepFM>.self))
  case .nfm: return job.predictions(of: try load(FieldModel<NFM>.self))
  case .dcn: return job.predictions(of: try load(FieldModel<DCN>.self))
  case .autoint: return job.predictions(of: try load(FieldModel<AutoInt>.self))
  case .afm: return job.predictions(of: try load(FieldModel<AFM>.self))
  case .xdeepfm: return job.predictions(of: try load(FieldModel<XDeepFM>.self))
  case .bias: return job.predictions(of: try load(BiasModel.self))
  }
}

/// The arguments of `trainBackbone`, and its two ways: ranking and rating.
private struct TrainingJob {
  var name: BackboneName
  var data: TrainingData
  var configuration: BackboneConfiguration
  var candidates: Int
  var foldPositions: Int
  var seed: UInt64
  var monitor: any TrainingMonitor

  func rank<Model: RankingBackbone>(_: Model.Type) throws -> TrainedBackbone {
    var model = Model(data: data, configuration: configuration, seed: seed)
    let validation = RankingValidation(data)
    let fit = try model.fit(run(""), validate: validation.map { v in { v.metric($0) } })
    var predictions = predictions(of: model)
    if foldPositions > 0 {
      let fold = Fold(data, limit: foldPositions)
      var second = Model(data: fold.data, configuration: fit.chosen, seed: seed)
      _ = try second.fit(run("-fold"), validate: nil)
      let lists = CandidateLists(
        second, queries: fold.queries(in: data.train), length: candidates)
      var result = FoldPredictions(
        users: fold.users, positions: fold.positions,
        userEmbeddings: second.userEmbeddings(fold.data.train))
      result.items = lists.items
      result.scores = lists.scores
      predictions.fold = result
    }
    return TrainedBackbone(
      predictions: predictions, parameters: model.parameters, curve: fit.curve)
  }

  func rate<Model: RatingBackbone>(_: Model.Type) throws -> TrainedBackbone {
    var model = Model(data: data, configuration: configuration, seed: seed)
    let validation = RatingValidation(data)
    let fit = try model.fit(run(""), validate: validation.map { v in { v.metric($0) } })
    var predictions = predictions(of: model)
    if foldPositions > 0 {
      let fold = Fold(data, limit: foldPositions)
      var second = Model(data: fold.data, configuration: fit.chosen, seed: seed)
      _ = try second.fit(run("-fold"), validate: nil)
      var result = FoldPredictions(
        users: fold.users, positions: fold.positions, userEmbeddings: second.userEmbeddings())
      result.ratings = second.ratings(users: fold.users, items: fold.items(in: data.train))
      predictions.fold = result
    }
    return TrainedBackbone(
      predictions: predictions, parameters: model.parameters, curve: fit.curve)
  }

  private func run(_ suffix: String) -> TrainingRun {
    TrainingRun(name: name.rawValue + suffix, seed: seed, monitor: monitor)
  }

  func predictions(of model: some RankingBackbone) -> Predictions {
    func lists(_ histories: Histories) -> CandidateLists {
      let queries = (0..<histories.userCount).map {
        RankingQuery(user: $0, history: histories.items(of: $0))
      }
      return CandidateLists(model, queries: queries, length: candidates)
    }
    var result = Predictions(
      task: name.task, candidates: candidates, userEmbeddings: model.userEmbeddings(data.train))
    let validation = lists(data.train)
    result.validationItems = validation.items
    result.validationScores = validation.scores
    let test = lists(data.testHistories)
    result.testItems = test.items
    result.testScores = test.scores
    return result
  }

  func predictions(of model: some RatingBackbone) -> Predictions {
    func ratings(_ items: [Int32]) -> [Float] {
      let users = items.indices.filter { items[$0] >= 0 }
      let predicted = model.ratings(
        users: users.map { Int32($0) }, items: users.map { items[$0] })
      var result = [Float](repeating: 0, count: items.count)
      for (user, rating) in zip(users, predicted) { result[user] = rating }
      return result
    }
    var result = Predictions(
      task: .rating, candidates: 0, userEmbeddings: model.userEmbeddings())
    result.validationRatings = ratings(data.validation.items)
    result.testRatings = ratings(
      data.questions ?? [Int32](repeating: -1, count: data.train.userCount))
    return result
  }
}
