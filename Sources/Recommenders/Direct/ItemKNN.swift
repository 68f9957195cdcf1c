internal import Datasets
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
///   1. Of equal neighbours the lower item counts.
///
/// Defaults: k 100 (RecBole), h by validation. h is the only parameter that is kept: the weights
/// follow from train. A user or an item without interactions has scores 0. There is no user
/// embedding: a user is no more than its row of items.
struct ItemKNN: RankingBackbone, PenaltySearch {
  private let train: Histories
  let configuration: BackboneConfiguration
  /// ⟨x_i, x_j⟩, I × I.
  private let counts: Matrix
  private var shrinkage: Float
  /// s_ij in row i, column j; 0 unless i is among the nearest of j.
  private var weights: Matrix

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    train = data.train
    self.configuration = configuration
    counts = data.train.cooccurrences()
    shrinkage = configuration.penalties[0]
    weights = Matrix(rows: train.itemCount, columns: train.itemCount)
  }

  var parameters: [(name: String, value: Matrix)] {
    [("shrinkage", Matrix(rows: 1, columns: 1, repeating: shrinkage))]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    let saved = try parameters.matrix("shrinkage", like: Matrix(rows: 1, columns: 1), of: .itemknn)
    solve(penalty: saved[0, 0])
  }

  mutating func solve(penalty shrinkage: Float) {
    self.shrinkage = shrinkage
    let size = counts.rows
    let norms = (0..<size).map { counts[$0, $0].squareRoot() }
    weights = Matrix(rows: size, columns: size)
    var similarities = [Float](repeating: 0, count: size)
    for item in 0..<size {
      // Section 3.1.1, shrunk.
      for other in 0..<size {
        similarities[other] = counts[item, other] / (norms[item] * norms[other] + shrinkage)
      }
      similarities[item] = 0
      let nearest = topK(similarities.span, k: min(configuration.neighbours, size))
      for (neighbour, similarity) in zip(nearest.items, nearest.scores) {
        weights[Int(neighbour), item] = similarity
      }
    }
  }

  /// Section 3.2.1: sums of similarities.
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    train.scores(of: queries, weights: weights)
  }

  /// None: a user is no more than the row of items: U × 0.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    Matrix(rows: histories.userCount, columns: 0)
  }
}
