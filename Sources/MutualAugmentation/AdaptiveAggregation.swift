internal import RealModule

/// The blend of backbone and language model, user by user (method section 7).
///
/// U_u = α_u · U_LLM + (1 − α_u) · U_Rec (equation 6), where users with fewer interactions get a larger
/// α_u (equations 5 and 7).
public struct AdaptiveAggregation: Sendable, Equatable {
  /// α₁, the largest weight of the language model.
  public var alpha1: Float
  /// α₂, the smallest share of α₁ that a user gets, 0 ≤ α₂ < 1.
  public var alpha2: Float

  public init(alpha1: Float, alpha2: Float) {
    self.alpha1 = alpha1
    self.alpha2 = alpha2
  }

  /// The values that validation chooses from.
  public static let grid: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9]

  /// ℓ_u = log(N(u) + 1), lower is deeper in the tail (equation 5).
  public static func longTailCoefficient(interactions: Int) -> Float {
    Float.log(onePlus: Float(interactions))
  }

  /// α_u = α₁ · max((ℓ_max − ℓ_u) / (ℓ_max − ℓ_min), α₂) of every user (equation 7).
  ///
  /// Where all users have as many interactions the ratio is 0.
  ///
  /// - Parameter interactions: N(u), the training interactions of each user.
  /// - Returns: U weights in 0...α₁.
  public func weights(interactions: [Int]) -> [Float] {
    let coefficients = interactions.map(Self.longTailCoefficient(interactions:))
    guard let least = coefficients.min(), let most = coefficients.max() else { return [] }
    return coefficients.map { coefficient in
      let ratio = most > least ? (most - coefficient) / (most - least) : 0
      return alpha1 * max(ratio, alpha2)
    }
  }
}

/// How a candidate list's scores become utilities that can be blended.
public enum Utility: String, CaseIterable, Sendable {
  /// −s for the item at position s of the list, s = 1, 2, … (the paper, C = 1).
  case positions
  /// The scores minus their mean, divided by their standard deviation.
  case standardized

  /// The utilities of one list.
  ///
  /// - Parameter scores: One a candidate, larger is better; ties keep the candidates' order.
  /// - Returns: As many utilities.
  public func callAsFunction(_ scores: [Float]) -> [Float] {
    switch self {
    case .positions:
      let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
      var result = [Float](repeating: 0, count: scores.count)
      for (position, index) in order.enumerated() { result[index] = -Float(position + 1) }
      return result
    case .standardized:
      let mean = scores.reduce(0, +) / Float(max(1, scores.count))
      let variance =
        scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(1, scores.count))
      guard variance > 0 else { return [Float](repeating: 0, count: scores.count) }
      return scores.map { ($0 - mean) / variance.squareRoot() }
    }
  }
}
