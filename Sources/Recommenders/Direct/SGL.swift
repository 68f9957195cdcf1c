internal import Foundations
internal import Tensors

/// LightGCN with a second task: to recognise a node in two graphs that each lack some edges.
///
/// Wu, Wang, Feng, He, Chen, Lian and Xie: Self-supervised Graph Learning for Recommendation. SIGIR
/// 2021, arXiv 2010.10783: its variant with edge dropout, SGL-ED, on LightGCN. In the order of its
/// method section:
///
/// - Data augmentation on graph structure: each epoch draws two graphs, in which an edge is missing
///   with probability ρ: `InteractionGraph.droppingEdges`. Each is propagated like the whole one.
/// - Contrastive learning: with z'_u and z''_u the node's vectors in the two graphs, L_user = Σ_u
///   −log(exp(s(z'_u, z''_u) / τ) / Σ_v exp(s(z'_u, z''_v) / τ)), s the cosine, and L_item
///   likewise: `Tensors/Operations+Contrast.swift`.
/// - Multi-task training: L = L_BPR + λ₁ (L_user + L_item) + λ₂ ‖Θ‖². L_BPR and the last term are
///   LightGCN's: `GraphParts.rankingLoss`.
///
/// Here u and v go over the different users of a batch, and over its different preferred items, and
/// L_user and L_item are means, so that λ₁ does not depend on the size of a batch. The authors'
/// code has all nodes in the denominator and sums; SELFRec has one mean over a batch's users and
/// items together. Both remove an exact share of the edges.
///
/// Defaults: ρ 0.1, τ 0.2, K 2 (SELFRec; the authors' code: K 3), λ₁ 0.02 and Adam 3e-3 by
/// validation (SELFRec: 0.1 and 1e-3), the rest as LightGCN. The user embedding is LightGCN's,
/// propagated through the whole graph.
struct SGL: GraphBackbone {
  static let name = BackboneName.sgl
  var parts: GraphParts

  func startEpoch(_ random: inout SeededRandom) -> BatchLoss {
    let configuration = parts.configuration
    let views = (0..<2).map { _ in
      parts.graph.droppingEdges(rate: configuration.edgeDropout, using: &random)
    }
    return { tape, embeddings, batch, _ in
      let nodes = parts.graph.nodes(batch.triples)
      let ranking = parts.rankingLoss(
        tape, layers: parts.layers(tape, embeddings), nodes: nodes)
      let finals = views.map {
        tape.mean(tape.propagate($0, embeddings, layers: configuration.layers))
      }
      let contrasts = [nodes.users, nodes.preferred].map { rows in
        let rows = Set(rows).sorted()
        return tape.infoNCE(
          tape.gather(finals[0], rows: rows), tape.gather(finals[1], rows: rows),
          temperature: configuration.temperature)
      }
      return tape.add(
        ranking,
        tape.scale(tape.add(contrasts[0], contrasts[1]), by: configuration.contrastWeight))
    }
  }
}
