internal import Tensors

/// Light graph convolution: neighbourhood sums of embeddings, without weights or nonlinearities.
///
/// He, Deng, Wang, Li, Zhang and Wang: LightGCN: Simplifying and Powering Graph Convolution Network
/// for Recommendation. SIGIR 2020. With the symmetrically normalised adjacency Ã, E⁽ˡ⁺¹⁾ = Ã E⁽ˡ⁾
/// (equations 3 and 7), the final embeddings are the mean of E⁽⁰⁾ ... E⁽ᴸ⁾ (equations 4 and 8, α =
/// 1 / (L + 1)), scores are inner products (equation 5), and the loss is BPR with L2 on E⁽⁰⁾ of
/// the nodes of a batch (equation 15).
struct LightGCN: GraphBackbone {
  static let backbone = BackboneName.lightgcn
  var parts: GraphParts

  func startEpoch(_ random: inout SeededRandom) -> BatchLoss {
    { tape, embeddings, batch, _ in
      parts.rankingLoss(
        tape, layers: parts.layers(tape, embeddings), nodes: parts.graph.nodes(batch.triples))
    }
  }
}
