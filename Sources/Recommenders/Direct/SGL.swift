internal import Tensors

/// LightGCN with a second task: to recognise a node in two graphs that each lack some edges.
///
/// Wu, Wang, Feng, He, Chen, Lian and Xie: Self-supervised Graph Learning for Recommendation. SIGIR
/// 2021, its variant with edge dropout. Each epoch draws two graphs from the whole one (section
/// 3.1). Among a batch's users, and likewise among its preferred items, InfoNCE of cosines tells a
/// node's vector in the other graph from those of the other nodes (section 3.2). The loss is BPR
/// with L2 + λ (InfoNCE of users + of items) (section 3.3); here InfoNCE is the mean over the
/// nodes, not their sum, so that λ does not depend on the size of a batch.
struct SGL: GraphBackbone {
  static let backbone = BackboneName.sgl
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
