internal import Tensors

/// The mean and the range of the ratings seen in train; all zero without any.
struct RatingScale {
  let mean: Float
  let lowest: Float
  let highest: Float

  init(_ ratings: [Float]) {
    mean = Float(ratings.reduce(0.0) { $0 + Double($1) } / Double(max(ratings.count, 1)))
    lowest = ratings.min() ?? 0
    highest = ratings.max() ?? 0
  }

  /// From its saved form.
  init(_ matrix: Matrix) {
    (mean, lowest, highest) = (matrix[0, 0], matrix[0, 1], matrix[0, 2])
  }

  /// 1 × 3, as a parameter.
  var matrix: Matrix { Matrix(rows: 1, columns: 3, values: [mean, lowest, highest]) }

  /// The nearest rating within the range.
  func clip(_ rating: Float) -> Float { min(max(rating, lowest), highest) }
}
