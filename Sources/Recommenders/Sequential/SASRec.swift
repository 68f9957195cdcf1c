internal import Datasets
internal import Tensors

/// Self-attentive sequential recommendation: a causal transformer over a user's last items.
///
/// Kang and McAuley: Self-Attentive Sequential Recommendation. ICDM 2018. Inputs are √d · e_item
/// plus a learned position, the last item at the highest one as in the paper's left-padded
/// sequences; then blocks of causal attention (queries normalised, added back after it) and of a
/// two-layer pointwise network, a final normalisation, and scores by the shared item table
/// (equations 2 to 7). At each position the next item is told from sampled ones (equation 7), or
/// from all by softmax.
///
/// A user without history has a zero vector and equal scores; one with a single item trains nothing.
struct SASRec: SequenceBackbone {
  static let backbone = BackboneName.sasrec
  let configuration: BackboneConfiguration
  let network: SASRecNetwork
  /// The inputs; the targets lie one further.
  let windows: [SequenceWindow]
  private let sequences: Histories
  private let sampler: NegativeSampler

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "sasrec start")
    self.configuration = configuration
    sequences = data.trainingHistories ?? data.train
    sampler = NegativeSampler(sequences)
    windows = sequences.windows(configuration, reserved: 1)
    network = SASRecNetwork(
      configuration: configuration, itemCount: data.train.itemCount, using: &random)
  }

  var trained: [Parameter] { network.parameters }

  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int) {
    let inputs = batch.flatMap { sequences.items[$0.range] }
    let targets = batch.flatMap { window in
      sequences.items[window.range.lowerBound + 1..<window.range.upperBound + 1]
    }
    let hidden = encode(
      tape, items: inputs, segments: Segments(lengths: batch.map(\.range.count)), &random)
    let table = tape.parameter(network.items)
    switch configuration.sequenceLoss {
    case .softmax:
      return (tape.softmaxCrossEntropy(hidden, table: table, targets: targets), targets.count)
    case .binary:
      let negatives = (0..<configuration.negatives).map { _ in
        batch.flatMap { window in
          window.range.map { _ in sampler.draw(user: window.user, using: &random) }
        }
      }
      let logits = tape.stack(
        ([targets] + negatives).map { tape.rowDot(hidden, tape.gather(table, rows: $0)) })
      let labels = logits.value.values.indices.map { Float($0 < targets.count ? 1 : 0) }
      return (tape.binaryCrossEntropy(logits, labels: labels), targets.count)
    }
  }

  func question(after history: ArraySlice<Int32>) -> [Int32] {
    Array(history.suffix(configuration.maximumLength))
  }

  func encode(
    _ tape: Tape, items: [Int32], segments: Segments, _ random: inout SeededRandom
  ) -> Variable {
    network.encode(
      tape, table: tape.parameter(network.items), items: items, segments: segments, causal: true,
      &random)
  }
}
