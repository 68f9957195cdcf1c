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
/// Sequences of a batch lie behind one another, so nothing is computed for padding. A user without
/// history has a zero vector and equal scores; one with a single item trains nothing.
struct SASRec: RankingBackbone {
  private let configuration: BackboneConfiguration
  private let sequences: Histories
  private let network: SASRecNetwork

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "sasrec start")
    self.configuration = configuration
    sequences = data.trainingHistories ?? data.train
    network = SASRecNetwork(
      configuration: configuration, itemCount: data.train.itemCount, using: &random)
  }

  var parameters: [(name: String, value: Matrix)] {
    network.parameters.map { ($0.name, $0.value) }
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try network.parameters.load(parameters, of: .sasrec)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam(network.parameters, .init(learningRate: configuration.learningRate))
    let sampler = NegativeSampler(sequences)
    let windows = trainingWindows()
    let model = self
    return try GradientDescent(
      backbone: .sasrec, configuration: configuration, run: run, higherIsBetter: true
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) { random in
      let order = permutation(windows.count, using: &random)
      var total = 0.0
      var positions = 0
      for start in stride(from: 0, to: order.count, by: configuration.batchSize) {
        let batch = order[start..<min(start + configuration.batchSize, order.count)]
          .map { windows[Int($0)] }
        let loss = model.descend(batch, sampler, &random)
        let count = batch.reduce(0) { $0 + $1.inputs.count }
        total += Double(loss) * Double(count)
        positions += count
        optimizer.step()
      }
      return Float(total / Double(max(positions, 1)))
    }
  }

  /// A stretch of a user's sequence: the inputs; the targets lie one further.
  private struct Window {
    var user: Int
    var inputs: Range<Int>
  }

  private func trainingWindows() -> [Window] {
    var windows: [Window] = []
    for user in 0..<sequences.userCount {
      let range = sequences.range(of: user)
      var end = range.upperBound - 1
      while end > range.lowerBound {
        let start = max(range.lowerBound, end - configuration.maximumLength)
        windows.append(Window(user: user, inputs: start..<end))
        end = configuration.sequenceWindows == .all ? start : range.lowerBound
      }
    }
    return windows
  }

  /// Sums the gradient of one batch and returns its mean loss.
  private func descend(
    _ batch: [Window], _ sampler: NegativeSampler, _ random: inout SeededRandom
  ) -> Float {
    let tape = Tape()
    let inputs = batch.flatMap { sequences.items[$0.inputs] }
    let targets = batch.flatMap { window in
      sequences.items[window.inputs.lowerBound + 1..<window.inputs.upperBound + 1]
    }
    let table = tape.parameter(network.items)
    let hidden = network.encode(
      tape, table: table, items: inputs, segments: Segments(lengths: batch.map(\.inputs.count)),
      &random)
    let loss: Variable
    switch configuration.sequenceLoss {
    case .softmax:
      loss = tape.softmaxCrossEntropy(hidden, table: table, targets: targets)
    case .binary:
      let negatives = (0..<configuration.negatives).map { _ in
        batch.flatMap { window in
          window.inputs.map { _ in sampler.draw(user: window.user, using: &random) }
        }
      }
      let logits = tape.stack(
        ([targets] + negatives).map { tape.rowDot(hidden, tape.gather(table, rows: $0)) })
      let labels = logits.value.values.indices.map { Float($0 < targets.count ? 1 : 0) }
      loss = tape.binaryCrossEntropy(logits, labels: labels)
    }
    tape.backward(from: loss)
    return loss.value[0, 0]
  }

  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    represent(queries.map(\.history)).multiplied(by: network.items.value, transposed: true)
  }

  /// The representation of each user's sequence at its end, from which the next item is predicted.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    represent((0..<histories.userCount).map { histories.items(of: $0) })
  }

  /// The last position's output of each history: one row each, zero for an empty one.
  private func represent(_ histories: [ArraySlice<Int32>]) -> Matrix {
    let width = configuration.embeddingDimension
    var values: [Float] = []
    values.reserveCapacity(histories.count * width)
    var random = SeededRandom(seed: 0)  // Nothing is drawn on a tape that does not record.
    for start in stride(from: 0, to: histories.count, by: 128) {
      let batch = histories[start..<min(start + 128, histories.count)].map {
        $0.suffix(configuration.maximumLength)
      }
      let segments = Segments(lengths: batch.map(\.count))
      let tape = Tape(recording: false)
      let hidden = network.encode(
        tape, table: tape.parameter(network.items), items: batch.flatMap { $0 },
        segments: segments, &random
      ).value
      for (row, items) in batch.enumerated() {
        values +=
          items.isEmpty
          ? ArraySlice(repeating: 0, count: width) : hidden[row: segments.offsets[row + 1] - 1]
      }
    }
    return Matrix(rows: histories.count, columns: width, values: values)
  }
}
