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
///   1: `ItemWeights.swift`. Of equal neighbours the lower item counts.
///
/// Defaults: k 100 (RecBole), h by validation. An item without interactions has scores 0. What is kept is k
/// similarities an item; those of an item are counted over the users who have it, in O(Σ_u n_u²) for all items.
struct ItemKNN: ItemWeightBackbone {
  static let name = BackboneName.itemknn
  var parts: ItemWeightParts

  /// s_ij in row i, column j; 0 unless i is among the nearest of j.
  static func weights(of parts: ItemWeightParts, penalty shrinkage: Float) -> ItemWeights {
    let train = parts.train
    let owners = train.usersOfItems()
    // ‖x_i‖² is how often users have the item.
    var norms = [Float](repeating: 0, count: train.itemCount)
    var counts = [Float](repeating: 0, count: train.itemCount)
    var (offsets, columns, values) = ([0], [Int32](), [Float]())
    func count(with item: Int, into found: inout [Int32]) {
      found.removeAll(keepingCapacity: true)
      for user in owners.users[owners.offsets[item]..<owners.offsets[item + 1]] {
        for other in train.items(of: Int(user)) {
          if counts[Int(other)] == 0 { found.append(other) }
          counts[Int(other)] += 1
        }
      }
    }
    var found: [Int32] = []
    for item in 0..<train.itemCount {
      count(with: item, into: &found)
      norms[item] = counts[item].squareRoot()
      for other in found { counts[Int(other)] = 0 }
    }
    for item in 0..<train.itemCount {
      count(with: item, into: &found)
      found.sort()
      // Section 3.1.1, shrunk.
      let similarities = found.map { other in
        Int(other) == item
          ? 0 : counts[Int(other)] / (norms[item] * norms[Int(other)] + shrinkage)
      }
      for other in found { counts[Int(other)] = 0 }
      let nearest = topK(similarities.span, k: parts.configuration.neighbours)
      columns += nearest.items.map { found[Int($0)] }
      values += nearest.scores
      offsets.append(columns.count)
    }
    return .sparse(
      SparseMatrix(
        columnCount: train.itemCount, offsets: offsets, columns: columns, values: values
      ).transposed())
  }

  /// A user's pairs of items are counted twice.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let pairs = (0..<data.train.userCount).reduce(0.0) {
      $0 + Double(data.train.count(of: $1)) * Double(data.train.count(of: $1))
    }
    let read = Double(data.train.items.count) / Double(max(1, data.train.userCount))
    return TrainingCost(
      epoch: 2 * pairs * 40,
      user: read * Double(configuration.neighbours) * 40
        + Double(data.train.itemCount) * 16)
  }

  /// The neighbours, and the same by the other item.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let items = data.train.itemCount
    return 2 * 8 * items * min(configuration.neighbours, items) + rankingMemory(on: data)
  }
}

extension Histories {
  /// The users of each item, as often as they have it: item i's are `users[offsets[i]..<offsets[i + 1]]`.
  fileprivate func usersOfItems() -> (offsets: [Int], users: [Int32]) {
    let offsets = itemFrequencies().reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    var next = offsets
    var users = [Int32](repeating: 0, count: items.count)
    for user in 0..<userCount {
      for item in items(of: user) {
        users[next[Int(item)]] = Int32(user)
        next[Int(item)] += 1
      }
    }
    return (offsets, users)
  }
}
