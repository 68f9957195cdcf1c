internal import Datasets
internal import Foundations
internal import Tensors

/// A transformer over a user's last items, trained on stretches of the sequences.
///
/// Sequences of a batch lie behind one another, so nothing is computed for padding.
protocol SequenceBackbone: RankingBackbone {
  var parts: SequenceParts { get }
  /// All that is trained.
  var trained: [Parameter] { get }

  /// The mean loss of a batch, 1 × 1, and over how many positions.
  func loss(
    _ tape: Tape, _ batch: [SequenceWindow], _ random: inout SeededRandom
  ) -> (value: Variable, positions: Int)

  /// What the network reads to predict what follows a history; nothing for a zero vector.
  func question(after history: ArraySlice<Int32>) -> [Int32]

  /// The outputs of sequences behind one another, N × D.
  func encode(
    _ tape: Tape, items: [Int32], segments: Segments, _ random: inout SeededRandom
  ) -> Variable
}

/// A stretch of a user's sequence, by positions in `Histories.items`.
struct SequenceWindow {
  var user: Int
  var range: Range<Int>
}

/// What the sequential models are made of.
struct SequenceParts {
  let configuration: BackboneConfiguration
  /// What they train on.
  let sequences: Histories
  /// Stretches of the sequences, which an epoch goes through once.
  let windows: [SequenceWindow]
  let network: SASRecNetwork
  let softmax: ItemSoftmax

  /// Fresh parameters; the last `reserved` items of each sequence belong to no stretch.
  init(
    _ data: TrainingData, configuration: BackboneConfiguration, reserved: Int,
    using random: inout SeededRandom
  ) {
    self.configuration = configuration
    sequences = data.trainingHistories ?? data.train
    windows = sequences.windows(configuration, reserved: reserved)
    network = SASRecNetwork(
      configuration: configuration, itemCount: data.train.itemCount, using: &random)
    softmax = ItemSoftmax(configuration, train: sequences)
  }
}

extension Histories {
  /// Each user's stretches of at most `maximumLength`, cut from the end: the last, or all.
  ///
  /// - Parameters:
  ///   - configuration: Has the length and the choice.
  ///   - reserved: Items at the end of each sequence that belong to no stretch.
  /// - Returns: By user, a user's last first.
  func windows(
    _ configuration: BackboneConfiguration, reserved: Int
  ) -> [SequenceWindow] {
    var windows: [SequenceWindow] = []
    for user in 0..<userCount {
      let range = range(of: user)
      var end = range.upperBound - reserved
      while end > range.lowerBound {
        let start = max(range.lowerBound, end - configuration.maximumLength)
        windows.append(SequenceWindow(user: user, range: start..<end))
        end = configuration.sequenceWindows == .all ? start : range.lowerBound
      }
    }
    return windows
  }
}

extension SequenceBackbone {
  var configuration: BackboneConfiguration { parts.configuration }
  var sequences: Histories { parts.sequences }
  var network: SASRecNetwork { parts.network }

  var parameters: [(name: String, value: Matrix)] { trained.map { ($0.name, $0.value) } }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try trained.load(parameters, of: Self.name)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam(trained, .init(learningRate: configuration.learningRate))
    let model = self
    return try GradientDescent(
      backbone: Self.name, configuration: configuration, run: run
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) {
      random, progress in
      let windows = model.parts.windows
      let size = model.configuration.batchSize
      let order = permutation(windows.count, using: &random)
      var total = 0.0
      var positions = 0
      for start in stride(from: 0, to: order.count, by: size) {
        progress(Double(start) / Double(order.count))
        let batch = order[start..<min(start + size, order.count)].map { windows[Int($0)] }
        let tape = Tape()
        let loss = model.loss(tape, batch, &random)
        tape.backward(from: loss.value)
        total += Double(loss.value.value[0, 0]) * Double(loss.positions)
        positions += loss.positions
        optimizer.step()
      }
      return Float(total / Double(max(positions, 1)))
    }
  }

  /// A position goes through the blocks, and is compared with the items of the softmax.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let train = data.trainingHistories ?? data.train
    let width = Double(configuration.embeddingDimension)
    let positions = train.windows(configuration, reserved: 0).reduce(0) { $0 + $1.range.count }
    let classes = ItemSoftmax.classes(configuration, items: train.itemCount)
    let blocks = Double(configuration.blocks) * 6 * width * width
    return TrainingCost(
      epoch: Double(positions) * 3 * (2 * blocks + Double(classes) * width),
      user: rankingCost(on: data, configuration) + blocks * 8)
  }

  /// A batch's activations and attention with their gradients, and the logits of 128 positions.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let (width, length) = (configuration.embeddingDimension, configuration.maximumLength)
    let items = data.train.itemCount
    let isSampled = ItemSoftmax.isSampled(configuration, items: items)
    let positions = configuration.batchSize * length
    let activations =
      positions * configuration.blocks * (40 * width + 3 * configuration.heads * length)
    let classes = ItemSoftmax.classes(configuration, items: items)
    return trainedMemory((items + length) * width)
      + 4 * (activations + 128 * classes + (isSampled ? classes : 2 * items) * width)
      + rankingMemory(on: data)
  }

  static func notes(on data: TrainingData, _ configuration: BackboneConfiguration) -> [String] {
    let items = data.train.itemCount
    let isBinary =
      configuration.sequenceLoss == .binary
      && name.hyperparameters.contains { $0.name == Hyperparameter.sequenceLoss.name }
    guard !isBinary, ItemSoftmax.isSampled(configuration, items: items)
    else { return [] }
    return ["softmax over \(configuration.sampledItems) sampled items a step, not all \(items)"]
  }

  /// ⟨F, M_i⟩ for the last output F (Kang and McAuley, 2018, equation 6).
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    represent(queries.map(\.history)).multiplied(by: network.items.value, transposed: true)
  }

  /// The representation of each user's sequence at its end, from which the next item is predicted.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    represent((0..<histories.userCount).map { histories.items(of: $0) })
  }

  /// The last position's output of each history's question: one row each.
  private func represent(_ histories: [ArraySlice<Int32>]) -> Matrix {
    let width = configuration.embeddingDimension
    var values: [Float] = []
    values.reserveCapacity(histories.count * width)
    var random = SeededRandom(seed: 0)  // Nothing is drawn on a tape that does not record.
    for start in stride(from: 0, to: histories.count, by: 128) {
      let batch = histories[start..<min(start + 128, histories.count)].map { question(after: $0) }
      let segments = Segments(lengths: batch.map(\.count))
      let hidden = encode(
        Tape(recording: false), items: batch.flatMap { $0 }, segments: segments, &random
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
