internal import Datasets
internal import Tensors

/// A transformer that sees both sides, trained to fill gaps in sequences.
///
/// Sun, Liu, Wu, Pei, Lin, Ou and Jiang: BERT4Rec: Sequential Recommendation with Bidirectional
/// Encoder Representations from Transformer. CIKM 2019. In each stretch of a sequence some items
/// are replaced by a mask (the Cloze task, section 3.6), at least the last where chance takes none,
/// and softmax over all items names what was there from the output at the gap. To predict, the mask
/// is appended to the history, whose last items are one fewer for it.
///
/// The layers are SASRec's (`SASRecNetwork`) with attention that is not causal; the output is the
/// inner product with the item table, without the paper's projection, GELU and bias. A user without
/// history is the mask alone.
struct BERT4Rec: SequenceBackbone {
  static let backbone = BackboneName.bert4rec
  let configuration: BackboneConfiguration
  let network: SASRecNetwork
  let windows: [SequenceWindow]
  private let sequences: Histories
  /// The mask's embedding, 1 × D: to the network it is item I.
  private let mask: Parameter

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "bert4rec start")
    self.configuration = configuration
    sequences = data.trainingHistories ?? data.train
    windows = sequences.windows(configuration, reserved: 0)
    network = SASRecNetwork(
      configuration: configuration, itemCount: data.train.itemCount, using: &random)
    mask = .maskToken(of: network, using: &random)
  }

  var trained: [Parameter] { network.parameters + [mask] }

  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int) {
    var items: [Int32] = []
    var gaps: [Int32] = []
    var targets: [Int32] = []
    for window in batch {
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
    let loss = tape.softmaxCrossEntropy(
      tape.gather(hidden, rows: gaps), table: tape.parameter(network.items), targets: targets)
    return (loss, targets.count)
  }

  func question(after history: ArraySlice<Int32>) -> [Int32] {
    history.suffix(configuration.maximumLength - 1) + [network.maskItem]
  }

  func encode(
    _ tape: Tape, items: [Int32], segments: Segments, _ random: inout SeededRandom
  ) -> Variable {
    let table = tape.stack([tape.parameter(network.items), tape.parameter(mask)])
    return network.encode(
      tape, table: table, items: items, segments: segments, causal: false, &random)
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
