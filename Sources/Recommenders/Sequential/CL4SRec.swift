internal import Datasets
internal import Tensors

/// SASRec with a second task: to recognise a sequence in two distorted copies.
///
/// Xie, Sun, Liu, Wu, Gao, Zhang, Ding and Cui: Contrastive Learning for Sequential Recommendation.
/// ICDE 2022. Of each sequence of a batch two views are made, each by crop (a random stretch stays),
/// mask (random items are replaced by a mask) or reorder (a random stretch is shuffled), drawn
/// anew. InfoNCE tells the last output of a sequence's second view from those of the other
/// sequences, given the first. The loss is SASRec's + λ InfoNCE.
///
/// Here InfoNCE is of cosines and has the other sequences' second views as negatives; the paper's is
/// of inner products, with both views.
struct CL4SRec: SequenceBackbone {
  static let backbone = BackboneName.cl4srec
  private let base: SASRec
  private let sequences: Histories
  /// The mask's embedding, 1 × D: to the network it is item I.
  private let mask: Parameter

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "cl4srec start")
    base = SASRec(data: data, configuration: configuration, seed: seed)
    sequences = data.trainingHistories ?? data.train
    mask = .maskToken(of: base.network, using: &random)
  }

  var configuration: BackboneConfiguration { base.configuration }
  var network: SASRecNetwork { base.network }
  var windows: [SequenceWindow] { base.windows }
  var trained: [Parameter] { network.parameters + [mask] }

  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int) {
    let (next, positions) = base.loss(tape, batch, &random)
    var views: [[Int32]] = []
    for _ in 0..<2 {
      for window in batch { views.append(view(Array(sequences.items[window.range]), &random)) }
    }
    let segments = Segments(lengths: views.map(\.count))
    let table = tape.stack([tape.parameter(network.items), tape.parameter(mask)])
    let hidden = network.encode(
      tape, table: table, items: views.flatMap { $0 }, segments: segments, causal: true, &random)
    let ends = segments.offsets.dropFirst().map { Int32($0 - 1) }
    let contrast = tape.infoNCE(
      tape.gather(hidden, rows: Array(ends.prefix(batch.count))),
      tape.gather(hidden, rows: Array(ends.suffix(batch.count))),
      temperature: configuration.temperature)
    return (tape.add(next, tape.scale(contrast, by: configuration.contrastWeight)), positions)
  }

  /// A copy of a sequence, not empty, distorted in one of three ways.
  private func view(_ items: [Int32], _ random: inout SeededRandom) -> [Int32] {
    let count = items.count
    let changed = Int(configuration.maskRate * Float(count))
    var result = items
    switch random.below(3) {
    case 0:
      let kept = max(1, count - changed)
      let start = random.below(count - kept + 1)
      return Array(items[start..<start + kept])
    case 1:
      for place in permutation(count, using: &random).prefix(changed) {
        result[Int(place)] = network.maskItem
      }
    default:
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
