/// What is predicted.
public enum RecommendationTask: String, Codable, CaseIterable, Sendable {
  /// The items a user will like, in no particular time.
  case direct
  /// The next item of a sequence.
  case sequential
  /// The rating a user will give.
  case rating

  /// What stops training and chooses among models on validation.
  public var validationMetric: Metric { self == .rating ? .rmse : .ndcg10 }
}
