internal import Foundations
internal import Tensors

/// Light graph convolution: neighbourhood sums of embeddings, without weights or nonlinearities.
///
/// He, Deng, Wang, Li, Zhang and Wang: LightGCN: Simplifying and Powering Graph Convolution Network
/// for Recommendation. SIGIR 2020, arXiv 2002.02126. The file holds the loss; the rest is shared
/// with SGL and MixGCF:
///
/// - Propagation: e_u⁽ᵏ⁺¹⁾ = Σ_{i ∈ N_u} e_i⁽ᵏ⁾ / √(|N_u| |N_i|), and likewise for items (equation
///   3). As matrices: A = [[0, R], [Rᵀ, 0]] (equation 6), Ã = D^−½ A D^−½, E⁽ᵏ⁺¹⁾ = Ã E⁽ᵏ⁾
///   (equation 7): `InteractionGraph.swift`.
/// - Combination: e = Σ_k α_k e⁽ᵏ⁾, as matrices E = Σ_k α_k E⁽ᵏ⁾ (equations 4 and 8), with all α_k
///   = 1 / (K + 1): the mean in `InteractionGraph.swift`.
/// - Score: ŷ_ui = ⟨e_u, e_i⟩ (equation 5): `GraphBackbone.swift`.
/// - Loss: −Σ ln σ(ŷ_ui − ŷ_uj) + λ ‖E⁽⁰⁾‖² (equation 15): `GraphParts.rankingLoss`. Here it is the
///   mean over a batch's triples, with λ/2 on E⁽⁰⁾ of their nodes alone, as in the authors' PyTorch
///   code; equation 15 has all of E⁽⁰⁾. Triples are BPR's (`TrainingTriples.swift`), and labelled
///   ones add no edges.
///
/// Defaults: width 64, K 2, batch 2048, λ 1e-4 (SELFRec), Adam 1e-2 by validation (SELFRec: 1e-3);
/// the start is normal with deviation 0.1 as in the authors' PyTorch code, not Xavier as in the
/// paper. The user embedding for the search of similar users is the combined e_u (equation 4),
/// which scores are made of.
struct LightGCN: GraphBackbone {
  static let name = BackboneName.lightgcn
  var parts: GraphParts

  func startEpoch(_ random: inout SeededRandom) -> BatchLoss {
    { tape, embeddings, batch, _ in
      // Equation 15 on the combination (8) of the layers (7).
      parts.rankingLoss(
        tape, layers: parts.layers(tape, embeddings), nodes: parts.graph.nodes(batch.triples))
    }
  }
}
