internal import Datasets
internal import Evaluation
internal import Tensors

/// A model of the rating task.
protocol RatingBackbone: Backbone {
  /// The predicted rating of each pair of a user and an item.
  func ratings(users: [Int32], items: [Int32]) -> [Float]

  /// One row a user: U × D. Users are similar when their rows point the same way.
  func userEmbeddings() -> Matrix
}

extension RatingBackbone {
  /// To validate takes a prediction a user: as good as nothing.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    TrainingCost(epoch: Double(data.train.items.count), user: 0)
  }

  /// Root of the mean squared error.
  static func validation(on data: TrainingData, users judges: [Int]) -> ((Self) -> Float)? {
    guard !judges.isEmpty else { return nil }
    let users = judges.map { Int32($0) }
    let items = judges.map { data.validation.items[$0] }
    let ratings = judges.map { data.validation.ratings[$0] }
    return { model in
      var sum = 0.0
      for (predicted, actual) in zip(model.ratings(users: users, items: items), ratings) {
        sum += Double((predicted - actual) * (predicted - actual))
      }
      return Float((sum / Double(ratings.count)).squareRoot())
    }
  }

  func predictions(on data: TrainingData, candidates: Int) -> Predictions {
    func ratings(_ items: [Int32]) -> [Float] {
      let users = items.indices.filter { items[$0] >= 0 }
      let predicted = self.ratings(
        users: users.map { Int32($0) }, items: users.map { items[$0] })
      var result = [Float](repeating: 0, count: items.count)
      for (user, rating) in zip(users, predicted) { result[user] = rating }
      return result
    }
    var result = Predictions(
      task: Self.name.task, candidates: 0, userEmbeddings: userEmbeddings())
    result.validationRatings = ratings(data.validation.items)
    result.testRatings = ratings(
      data.questions ?? [Int32](repeating: -1, count: data.train.userCount))
    return result
  }

  func scores(
    of items: [Int32], on data: TrainingData, knowsValidation: Bool, for _: RecommendationTask
  ) -> [Float] {
    let length = items.count / max(data.train.userCount, 1)
    let places = items.indices.filter { items[$0] >= 0 }
    let predicted = ratings(
      users: places.map { Int32($0 / length) }, items: places.map { items[$0] })
    var result = [Float](repeating: 0, count: items.count)
    for (place, rating) in zip(places, predicted) { result[place] = rating }
    return result
  }

  func predictions(of fold: Fold, in train: Histories, candidates: Int) -> FoldPredictions {
    var result = FoldPredictions(
      users: fold.users, positions: fold.positions, userEmbeddings: userEmbeddings())
    result.ratings = ratings(users: fold.users, items: fold.items(in: train))
    return result
  }
}
