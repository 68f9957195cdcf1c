internal import Datasets
internal import Tensors

/// A linear autoencoder of the interaction matrix X in closed form.
///
/// Steck: Embarrassingly Shallow Autoencoders for Sparse Data. WWW 2019, arXiv 1905.03375.
///
/// - Score: s_uj = ⟨x_u, B_·j⟩ with item-item weights B of diagonal 0: `ItemWeights.swift`.
/// - Loss: ‖X − XB‖² + λ ‖B‖², subject to diag(B) = 0.
/// - Closed-form solution, by Lagrange multipliers: with P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj for
///   i ≠ j and B_ii = 0: `solve`.
///
/// λ is chosen by validation; the grid is ours. B is I × I and follows from train and λ, so λ is
/// the only parameter that is kept. Cost: O(I³) a penalty. A user without interactions scores 0
/// everywhere. There is no user embedding: a user is no more than x_u.
struct EASE: RankingBackbone, PenaltySearch {
  private let train: Histories
  let configuration: BackboneConfiguration
  /// XᵀX.
  private let counts: Matrix
  private var penalty: Float
  private var weights: Matrix

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    train = data.train
    self.configuration = configuration
    counts = data.train.cooccurrences()
    penalty = configuration.penalties[0]
    weights = Matrix(rows: train.itemCount, columns: train.itemCount)
  }

  var parameters: [(name: String, value: Matrix)] {
    [("penalty", Matrix(rows: 1, columns: 1, repeating: penalty))]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    let saved = try parameters.matrix("penalty", like: Matrix(rows: 1, columns: 1), of: .ease)
    solve(penalty: saved[0, 0])
  }

  mutating func solve(penalty: Float) {
    self.penalty = penalty
    let size = counts.rows
    var regularized = counts
    for item in 0..<size { regularized[item, item] += penalty }  // XᵀX + λI.
    guard let inverse = BLAS.inverse(symmetric: regularized) else {
      preconditionFailure("XᵀX + λI is positive definite for λ > 0")
    }
    // From P to B: each column divided by −P_jj, then the diagonal 0.
    weights = inverse
    weights.values.withUnsafeMutableBufferPointer { weights in
      let diagonal = (0..<size).map { -1 / weights[$0 * size + $0] }
      for row in 0..<size {
        for column in 0..<size { weights[row * size + column] *= diagonal[column] }
        weights[row * size + row] = 0
      }
    }
  }

  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    train.scores(of: queries, weights: weights)
  }

  /// None: a user is no more than the row of items: U × 0.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    Matrix(rows: histories.userCount, columns: 0)
  }
}
