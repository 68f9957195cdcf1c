internal import Datasets
internal import Foundations
internal import Tensors

/// A transformer that sees both sides, trained to fill gaps in sequences.
///
/// Sun, Liu, Wu, Pei, Lin, Ou and Jiang: BERT4Rec: Sequential Recommendation with Bidirectional
/// Encoder Representations from Transformer. CIKM 2019, arXiv 1904.06690.
///
/// - Layers: multi-head attention to all positions (equations 1 and 2), a pointwise network
///   (equation 3), each with dropout, a sum and normalisation (equations 4 to 6), on items plus
///   learned positions (section 3.4). Here they are SASRec's, `SASRecNetwork.swift`, without
///   causality.
/// - Output: P(v) = softmax(GELU(h_t W + b) Eᵀ + b') at a gap (equation 7); here softmax(h_t Eᵀ).
/// - Training (section 3.6): the Cloze task. Items of a stretch become [mask] with probability ρ,
///   and the loss is the mean of −log P(v_m) over the masked (equation 8): `loss`.
/// - Test (section 3.6): [mask] is appended to the history, whose last items are one fewer for it,
///   and its output names the next item: `question`.
///
/// Differences: SASRec's blocks have ReLU, width D in their network and normalisation before each
/// part, where the paper has GELU, 4D and normalisation after the sum, and they have no output
/// projection of the heads; the output has no projection, GELU and bias. The mean of the loss is
/// over all gaps of a batch. The last item is masked where chance takes none; there are no further
/// samples that mask only the last item. Adam has a constant rate, and neither weight decay nor
/// clipping.
///
/// Defaults: as SASRec, with ρ 0.2 (the paper's for MovieLens 1M, and better on validation than
/// SELFRec's 0.5) and patience 15.
///
/// The user embedding for the search of similar users is the output at the appended [mask], which
/// scores are made of. A user without history is the mask alone.
struct BERT4Rec: SequenceBackbone {
  static let name = BackboneName.bert4rec
  let parts: SequenceParts
  /// The mask's embedding, 1 × D: to the network it is item I.
  private let mask: Parameter

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "bert4rec start")
    parts = SequenceParts(data, configuration: configuration, reserved: 0, using: &random)
    mask = .maskToken(of: parts.network, using: &random)
  }

  var trained: [Parameter] { network.parameters + [mask] }

  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int) {
    var items: [Int32] = []
    var gaps: [Int32] = []
    var targets: [Int32] = []
    for window in batch {  // The Cloze task (section 3.6).
      var hidden = window.range.filter { _ in random.uniform() < configuration.maskRate }
      if hidden.isEmpty { hidden = [window.range.upperBound - 1] }
      let base = items.count - window.range.lowerBound
      items += sequences.items[window.range]
      for position in hidden {
        gaps.append(Int32(base + position))
        targets.append(sequences.items[position])
        items[base + position] = network.maskItem
      }
    }
    let hidden = encode(
      tape, items: items, segments: Segments(lengths: batch.map(\.range.count)), &random)
    // Equation 8, with equation 7 as said above.
    let loss = parts.softmax.loss(
      tape, tape.gather(hidden, rows: gaps), table: tape.parameter(network.items),
      targets: targets, using: &random)
    return (loss, targets.count)
  }

  /// The history and [mask] (section 3.6, test).
  func question(after history: ArraySlice<Int32>) -> [Int32] {
    history.suffix(configuration.maximumLength - 1) + [network.maskItem]
  }

  func encode(
    _ tape: Tape, items: [Int32], segments: Segments, _ random: inout SeededRandom
  ) -> Variable {
    network.encode(
      tape, tables: [tape.parameter(network.items), tape.parameter(mask)], items: items,
      segments: segments, causal: false, &random)
  }
}

extension Parameter {
  /// An embedding for the mask, one more row under the network's items.
  static func maskToken(of network: SASRecNetwork, using random: inout SeededRandom) -> Parameter {
    let items = network.items.value
    let bound = (6 / Float(items.rows + items.columns)).squareRoot()
    return Parameter(
      "mask", .uniform(rows: 1, columns: items.columns, bound: bound, using: &random))
  }
}
