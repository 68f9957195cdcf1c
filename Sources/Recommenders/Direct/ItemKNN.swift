internal import Evaluation
internal import Tensors

/// Items like those that the user has: the nearest neighbours of each item by shrunk cosine.
///
/// Sarwar, Karypis, Konstan and Riedl: Item-Based Collaborative Filtering Recommendation
/// Algorithms. WWW 2001, for interactions without ratings; x_i is item i's column of the
/// interaction matrix.
///
/// - Similarity: the cosine ⟨x_i, x_j⟩ / (‖x_i‖ ‖x_j‖) (section 3.1.1), with a shrinkage h added to
///   the denominator, s_ij = ⟨x_i, x_j⟩ / (‖x_i‖ ‖x_j‖ + h), as in RecBole's ItemKNN. h keeps pairs
///   that few users have from looking close.
/// - Score: r̂_uj = Σ s_ij over the user's items i among the k nearest of j: the weighted sum
///   (section 3.2.1) of ratings 1, without its division by Σ |s_ij|, which would make all of them
///   1: `ItemWeights.swift`. Of equal neighbours the lower item counts.
///
/// Defaults: k 100 (RecBole), h by validation. An item without interactions has scores 0.
struct ItemKNN: ItemWeightBackbone {
  static let name = BackboneName.itemknn
  var parts: ItemWeightParts

  /// s_ij in row i, column j; 0 unless i is among the nearest of j.
  static func weights(
    _ cooccurrences: Matrix, penalty shrinkage: Float, configuration: BackboneConfiguration
  ) -> Matrix {
    let size = cooccurrences.rows
    let norms = (0..<size).map { cooccurrences[$0, $0].squareRoot() }
    var weights = Matrix(rows: size, columns: size)
    var similarities = [Float](repeating: 0, count: size)
    for item in 0..<size {
      // Section 3.1.1, shrunk.
      for other in 0..<size {
        similarities[other] = cooccurrences[item, other] / (norms[item] * norms[other] + shrinkage)
      }
      similarities[item] = 0
      let nearest = topK(similarities.span, k: min(configuration.neighbours, size))
      for (neighbour, similarity) in zip(nearest.items, nearest.scores) {
        weights[Int(neighbour), item] = similarity
      }
    }
    return weights
  }
}
