internal import Tensors

/// A linear autoencoder of the interaction matrix X in closed form.
///
/// Steck: Embarrassingly Shallow Autoencoders for Sparse Data. WWW 2019, arXiv 1905.03375.
///
/// - Score: s_uj = ⟨x_u, B_·j⟩ with item-item weights B of diagonal 0: `ItemWeights.swift`.
/// - Loss: ‖X − XB‖² + λ ‖B‖², subject to diag(B) = 0.
/// - Closed-form solution, by Lagrange multipliers: with P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj for
///   i ≠ j and B_ii = 0: `weights`.
///
/// λ is chosen by validation; the grid is ours. Cost: O(I³) a penalty.
struct EASE: ItemWeightBackbone {
  static let name = BackboneName.ease
  var parts: ItemWeightParts

  static func weights(
    _ cooccurrences: Matrix, penalty: Float, configuration: BackboneConfiguration
  ) throws -> Matrix {
    let size = cooccurrences.rows
    var regularized = cooccurrences
    for item in 0..<size { regularized[item, item] += penalty }  // XᵀX + λI.
    guard var weights = BLAS.inverse(symmetric: regularized) else {
      // λ > 0 makes it positive definite, unless rounding swallows λ.
      throw BackboneError.configuration(
        backbone: name, key: Hyperparameter.penalties.name, found: "\(penalty)",
        expected: "enough to tell items apart that the same users have")
    }
    // From P to B: each column divided by −P_jj, then the diagonal 0.
    weights.values.withUnsafeMutableBufferPointer { weights in
      let diagonal = (0..<size).map { -1 / weights[$0 * size + $0] }
      for row in 0..<size {
        for column in 0..<size { weights[row * size + column] *= diagonal[column] }
        weights[row * size + row] = 0
      }
    }
    return weights
  }
}
