import Foundation

/// Hit rate of one user with a single relevant item: 1 if its rank is below `k`, else 0.
///
/// - Parameters:
///   - rank: 0-based position of the target in a best-first list; nil when not listed (a miss).
///   - k: Cut-off, at least 1.
/// - Returns: 0 or 1.
public func hitRate(rank: Int?, at k: Int) -> Float {
  precondition(k > 0, "a cut-off must be positive, found \(k)")
  guard let rank else { return 0 }
  precondition(rank >= 0, "a rank is 0-based, found \(rank)")
  return rank < k ? 1 : 0
}

/// Normalised discounted cumulative gain of one user with a single relevant item.
///
/// NDCG@k = 1 / log₂(rank + 2) if rank < k, else 0. With one relevant item the ideal gain is 1, so
/// there is nothing left to divide by.
///
/// - Parameters:
///   - rank: 0-based position of the target in a best-first list; nil when not listed (a miss).
///   - k: Cut-off, at least 1.
/// - Returns: A value in 0...1.
public func ndcg(rank: Int?, at k: Int) -> Float {
  guard let rank, hitRate(rank: rank, at: k) == 1 else { return 0 }
  return 1 / log2(Float(rank) + 2)
}

/// A metric of the results table; its raw value is its name there.
public enum Metric: String, CaseIterable, Codable, Sendable {
  case hr3 = "HR@3"
  case ndcg3 = "NDCG@3"
  case hr5 = "HR@5"
  case ndcg5 = "NDCG@5"
  case hr10 = "HR@10"
  case ndcg10 = "NDCG@10"
  /// Chooses the blend; no row of the results has it.
  case ndcg20 = "NDCG@20"
  case rmse = "RMSE"
  case mae = "MAE"

  /// The metrics of the top-k tasks, in the order of the tables.
  public static let ranking: [Metric] = [.hr3, .ndcg3, .hr5, .ndcg5, .hr10, .ndcg10]

  /// The metrics of the rating task, in the order of the tables.
  public static let rating: [Metric] = [.rmse, .mae]

  /// Whether a larger value is the better one: true of HR and NDCG, false of the errors.
  public var higherIsBetter: Bool { self != .rmse && self != .mae }

  /// The name of the metric's per-user values in a `user-metrics` artifact.
  ///
  /// It is the metric's own name, save for the errors: a user has a `squared-error` and an
  /// `absolute-error`; their means over users give RMSE (by ``summary(ofMean:)``) and MAE.
  public var column: String {
    switch self {
    case .rmse: "squared-error"
    case .mae: "absolute-error"
    default: rawValue
    }
  }

  /// The metric whose per-user values are stored under `column`; nil for an unknown name.
  public init?(column: String) {
    guard let metric = Metric.allCases.first(where: { $0.column == column }) else { return nil }
    self = metric
  }

  /// The metric of a set of users, from the mean of their per-user values: its root for RMSE.
  public func summary(ofMean mean: Double) -> Double {
    self == .rmse ? mean.squareRoot() : mean
  }

  /// A user's value of a top-k metric.
  ///
  /// - Parameter rank: 0-based rank of the target, nil for a miss.
  /// - Returns: A value in 0...1.
  /// - Precondition: The metric is one of ``ranking``.
  public func value(rank: Int?) -> Float {
    switch self {
    case .hr3: hitRate(rank: rank, at: 3)
    case .ndcg3: ndcg(rank: rank, at: 3)
    case .hr5: hitRate(rank: rank, at: 5)
    case .ndcg5: ndcg(rank: rank, at: 5)
    case .hr10: hitRate(rank: rank, at: 10)
    case .ndcg10: ndcg(rank: rank, at: 10)
    case .ndcg20: ndcg(rank: rank, at: 20)
    case .rmse, .mae: preconditionFailure("\(rawValue) has no value by rank")
    }
  }

  /// A user's value of a rating metric: squared error for RMSE, absolute error for MAE.
  ///
  /// - Precondition: The metric is one of ``rating``.
  public func value(predicted: Float, actual: Float) -> Float {
    let error = predicted - actual
    switch self {
    case .rmse: return error * error
    case .mae: return abs(error)
    default: preconditionFailure("\(rawValue) has no value by rating")
    }
  }
}
