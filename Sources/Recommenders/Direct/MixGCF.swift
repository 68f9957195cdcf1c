internal import Foundations
internal import Tensors

/// LightGCN trained against negatives that no item is: mixed from several items, layer by layer.
///
/// Huang, Dong, Ding, Yang, Feng, Wang and Tang: MixGCF: An Improved Training Method for Graph
/// Neural Network-based Recommender Systems. KDD 2021. The base is LightGCN; for a triple (u, i)
/// some candidates c are drawn that u does not have, and at every layer l = 0 … L:
///
/// - Positive mixing: e'_c⁽ˡ⁾ = α⁽ˡ⁾ e_i⁽ˡ⁾ + (1 − α⁽ˡ⁾) e_c⁽ˡ⁾ with α⁽ˡ⁾ uniform in (0, 1):
///   `mixture`.
/// - Hop mixing: the candidate of the highest ⟨e_u, e'_c⁽ˡ⁾⟩, e_u the combined embedding:
///   `highest`. α⁽ˡ⁾ is the same for all candidates of a triple, so the highest is found before
///   mixing.
/// - Pooling: the mean of the chosen e'⁽ˡ⁾ over the layers is the negative's embedding.
/// - Loss: BPR with it, and L2 as in LightGCN.
///
/// This is the authors' code with its options pool = mean and K = 1; SELFRec draws an α for each
/// candidate and coordinate. Differences: L2 takes the chosen candidate's own E⁽⁰⁾, where the
/// authors' code takes the mixed one; layers have no dropout, which SELFRec has (0.1); and a
/// labelled pair keeps the other item that the language model named, unmixed.
///
/// Defaults: L 3 (SELFRec, and the authors' parser), 16 candidates and Adam 5e-3 by validation (both
/// others: 64 and 1e-3), the rest as LightGCN. The user
/// embedding is LightGCN's.
struct MixGCF: GraphBackbone {
  static let name = BackboneName.mixgcf
  var parts: GraphParts

  func startEpoch(_ random: inout SeededRandom) -> BatchLoss {
    { tape, embeddings, batch, random in
      let layers = parts.layers(tape, embeddings)
      let final = tape.mean(layers)
      var nodes = parts.graph.nodes(batch.triples)
      let candidates = candidates(batch, nodes, &random)
      // Down to E⁽⁰⁾, so that `nodes` ends with the negatives whose own embeddings L2 is for.
      let negatives = layers.reversed().map { layer in
        nodes.others = highest(candidates, of: nodes.users, by: final.value, at: layer.value)
        let mix = mixture(nodes, batch.isLabelled, layer.rows, &random)
        return tape.multiply(mix, transposed: mix.transposed(), layer)
      }
      let users = tape.gather(final, rows: nodes.users)
      let loss = tape.bayesianPersonalizedRanking(
        positive: tape.rowDot(users, tape.gather(final, rows: nodes.preferred)),
        negative: tape.rowDot(users, tape.mean(negatives)), weights: nodes.weights)
      return tape.add(loss, parts.penalty(tape, embeddings, nodes))
    }
  }

  /// Nodes of items that may become negatives, B × `candidateNegatives`: the sampled one and more
  /// like it, or the labelled one throughout.
  private func candidates(
    _ batch: TripleBatch, _ nodes: RankingTriples, _ random: inout SeededRandom
  ) -> [Int32] {
    let more = parts.configuration.candidateNegatives - 1
    let users = Int32(parts.graph.userCount)
    var result: [Int32] = []
    result.reserveCapacity(nodes.count * (more + 1))
    for row in 0..<nodes.count {
      result.append(nodes.others[row])
      let user = Int(nodes.users[row])
      for _ in 0..<more {
        result.append(
          batch.isLabelled[row]
            ? nodes.others[row] : users + parts.triples.sampler.draw(user: user, using: &random))
      }
    }
    return result
  }

  /// Each user's candidate of the highest inner product of the user's averaged embedding and the
  /// candidate's embedding at one layer, the first of equals.
  private func highest(
    _ candidates: [Int32], of users: [Int32], by final: Matrix, at layer: Matrix
  ) -> [Int32] {
    let (width, count) = (layer.columns, parts.configuration.candidateNegatives)
    return final.values.withUnsafeBufferPointer { final in
      layer.values.withUnsafeBufferPointer { layer in
        guard let final = final.baseAddress, let layer = layer.baseAddress else { return [] }
        return users.indices.map { row in
          let user = final + Int(users[row]) * width
          var best = candidates[row * count]
          var bestScore = -Float.infinity
          for candidate in candidates[row * count..<(row + 1) * count] {
            let score = Kernels.dot(user, layer + Int(candidate) * width, width)
            if score > bestScore { (best, bestScore) = (candidate, score) }
          }
          return best
        }
      }
    }
  }

  /// Positive mixing as a matrix: a row a triple, α at the preferred node and 1 − α at the other.
  private func mixture(
    _ nodes: RankingTriples, _ isLabelled: [Bool], _ nodeCount: Int, _ random: inout SeededRandom
  ) -> SparseMatrix {
    var values: [Float] = []
    var columns: [Int32] = []
    for row in 0..<nodes.count {
      let alpha = isLabelled[row] ? 0 : random.uniform()
      values.append(alpha)
      values.append(1 - alpha)
      columns.append(nodes.preferred[row])
      columns.append(nodes.others[row])
    }
    return SparseMatrix(
      columnCount: nodeCount, offsets: (0...nodes.count).map { 2 * $0 }, columns: columns,
      values: values)
  }
}
