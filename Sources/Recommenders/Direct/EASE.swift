internal import Datasets
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
/// λ is chosen by validation; the grid is ours. Cost: O(N³) a penalty and 8 N² bytes for N items, so
/// that of a large catalogue the `frequentItems` most frequent alone have weights; others score 0.
struct EASE: ItemWeightBackbone {
  static let name = BackboneName.ease
  var parts: ItemWeightParts

  static func weights(
    of parts: ItemWeightParts, penalty: Float
  ) throws -> ItemWeights {
    let items = parts.train.mostFrequent(parts.configuration.frequentItems)
    let size = items.count
    var regularized = parts.train.cooccurrences(of: items)
    for item in 0..<size { regularized[item, item] += penalty }  // XᵀX + λI.
    guard var weights = BLAS.inverse(symmetric: consume regularized) else {
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
    return .dense(weights, of: items)
  }

  /// An inverse by Cholesky takes N³ multiply-adds.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let items = Double(min(data.train.itemCount, configuration.frequentItems))
    let read = Double(data.train.items.count) / Double(max(1, data.train.userCount))
    return TrainingCost(
      epoch: items * items * items,
      user: items * read * 5 + Double(data.train.itemCount) * 16)
  }

  /// XᵀX becomes B in its place; a second matrix is room for the library.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let items = min(data.train.itemCount, configuration.frequentItems)
    return 2 * 4 * items * items + rankingMemory(on: data)
  }

  static func notes(on data: TrainingData, _ configuration: BackboneConfiguration) -> [String] {
    let items = data.train.itemCount
    guard items > configuration.frequentItems else { return [] }
    return ["EASE lists the \(configuration.frequentItems) most frequent of \(items) items"]
  }
}

extension Histories {
  /// The items with most interactions, of equals the lower, in ascending order; all where there are no more.
  fileprivate func mostFrequent(_ count: Int) -> [Int32] {
    guard count < itemCount else { return (0..<itemCount).map { Int32($0) } }
    let frequencies = itemFrequencies()
    return (0..<itemCount).sorted { (frequencies[$1], $0) < (frequencies[$0], $1) }
      .prefix(count).sorted().map { Int32($0) }
  }

  /// XᵀX of some items: how many users have both, N × N.
  fileprivate func cooccurrences(of items: [Int32]) -> Matrix {
    var places = [Int](repeating: -1, count: itemCount)
    for (place, item) in items.enumerated() { places[Int(item)] = place }
    let size = items.count
    var counts = Matrix(rows: size, columns: size)
    counts.values.withUnsafeMutableBufferPointer { counts in
      for user in 0..<userCount {
        let own = self.items(of: user).map { places[Int($0)] }.filter { $0 >= 0 }
        for first in own {
          for second in own { counts[first * size + second] += 1 }
        }
      }
    }
    return counts
  }
}
