internal import Datasets
internal import Foundations
internal import Tensors

/// SASRec with a second task: to recognise a sequence in two distorted copies.
///
/// Xie, Sun, Liu, Wu, Gao, Zhang, Ding and Cui: Contrastive Learning for Sequential Recommendation.
/// ICDE 2022. Equations are numbered as in arXiv 2010.14395, version 2:
///
/// - Views: each of two copies of a sequence s is distorted in one of three ways, drawn anew: crop
///   (a stretch of ⌊η |s|⌋ stays, equation 3), mask (⌊γ |s|⌋ items become [mask], equation 4) or
///   reorder (a stretch of ⌊β |s|⌋ is shuffled, equation 5): `view`.
/// - Encoder: SASRec (equations 6 to 13); a sequence's vector is its last output (equation 12).
/// - Contrast: −log(exp(sim(s', s'')) / (exp(sim(s', s'')) + Σ exp(sim(s', s⁻)))) (equation 2).
/// - Loss: L_main + λ L_cl (equation 14). L_main is SASRec's; in the paper a softmax over the next
///   item and sampled ones (equation 15), by default here over all.
///
/// Differences: sim is the cosine over a temperature, not the inner product, as in SELFRec, and s⁻
/// are the second views of the batch's other sequences, N − 1 and not 2 (N − 1). One rate serves
/// for all three ways; crop keeps all but ⌊rate · |s|⌋ items.
///
/// Defaults: rate 0.5, temperature 1 (SELFRec, which has crops alone), λ 0.01 and dropout 0.3 by
/// validation (SELFRec: 0.05 and 0.2), the rest as SASRec.
/// The user embedding is SASRec's, of the history as it is.
struct CL4SRec: SequenceBackbone {
  static let name = BackboneName.cl4srec
  private let base: SASRec
  /// The mask's embedding, 1 × D: to the network it is item I.
  private let mask: Parameter

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "cl4srec start")
    base = SASRec(data: data, configuration: configuration, seed: seed)
    mask = .maskToken(of: base.network, using: &random)
  }

  var parts: SequenceParts { base.parts }
  var trained: [Parameter] { network.parameters + [mask] }

  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int) {
    let (next, positions) = base.loss(tape, batch, &random)  // L_main.
    // All first views, then all second ones.
    var views: [[Int32]] = []
    for _ in 0..<2 {
      for window in batch { views.append(view(Array(sequences.items[window.range]), &random)) }
    }
    let segments = Segments(lengths: views.map(\.count))
    let hidden = network.encode(
      tape, tables: [tape.parameter(network.items), tape.parameter(mask)],
      items: views.flatMap { $0 }, segments: segments, causal: true, &random)
    // Equation 2 on the last outputs (equation 12).
    let ends = segments.offsets.dropFirst().map { Int32($0 - 1) }
    let contrast = tape.infoNCE(
      tape.gather(hidden, rows: Array(ends.prefix(batch.count))),
      tape.gather(hidden, rows: Array(ends.suffix(batch.count))),
      temperature: configuration.temperature)
    // Equation 14.
    return (tape.add(next, tape.scale(contrast, by: configuration.contrastWeight)), positions)
  }

  /// A copy of a sequence, not empty, distorted in one of three ways.
  private func view(_ items: [Int32], _ random: inout SeededRandom) -> [Int32] {
    let count = items.count
    let changed = Int(configuration.maskRate * Float(count))
    var result = items
    switch random.below(3) {
    case 0:  // Crop, equation 3.
      let kept = max(1, count - changed)
      let start = random.below(count - kept + 1)
      return Array(items[start..<start + kept])
    case 1:  // Mask, equation 4.
      for place in permutation(count, using: &random).prefix(changed) {
        result[Int(place)] = network.maskItem
      }
    default:  // Reorder, equation 5.
      let start = random.below(count - changed + 1)
      var stretch = Array(items[start..<start + changed])
      random.shuffle(&stretch)
      result.replaceSubrange(start..<start + changed, with: stretch)
    }
    return result
  }

  func question(after history: ArraySlice<Int32>) -> [Int32] { base.question(after: history) }

  func encode(
    _ tape: Tape, items: [Int32], segments: Segments, _ random: inout SeededRandom
  ) -> Variable {
    base.encode(tape, items: items, segments: segments, &random)
  }
}
