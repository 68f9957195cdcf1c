/// What is predicted.
public enum RecommendationTask: String, Codable, CaseIterable, Sendable {
  /// The items a user will like, in no particular time.
  case direct
  /// The next item of a sequence.
  case sequential
  /// The rating a user will give.
  case rating

  /// What stops training on validation.
  public var validationMetric: Metric { self == .rating ? .rmse : .ndcg10 }

  /// What chooses the blend on validation.
  ///
  /// For lists it looks at as many places as are delivered: the many ways to blend differ by little, and a cut-off of
  /// ten tells them apart by the luck of few users.
  public var blendMetric: Metric { self == .rating ? .rmse : .ndcg20 }
}
