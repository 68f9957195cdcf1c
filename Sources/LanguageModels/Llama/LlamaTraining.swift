public import Foundations
public import Tensors

/// A token sequence and which of its tokens the model is to learn.
public struct TrainingSequence: Sendable, Equatable {
  public var tokens: [Int32]
  /// Whether token i is a target; the first token never is, nothing stands before it.
  public var isTarget: [Bool]

  public init(tokens: [Int32], isTarget: [Bool]) {
    precondition(tokens.count == isTarget.count, "a flag for every token")
    self.tokens = tokens
    self.isTarget = isTarget
  }
}

/// Sequences behind one another, without padding, and what is to be predicted where.
struct PackedSequences {
  let segments: Segments
  let tokens: [Int32]
  /// The rows that predict a target.
  private(set) var rows: [Int32] = []
  /// What follows each of `rows`.
  private(set) var targets: [Int32] = []

  init(_ sequences: [TrainingSequence]) {
    segments = Segments(lengths: sequences.map(\.tokens.count))
    tokens = sequences.flatMap(\.tokens)
    for (sequence, offset) in zip(sequences, segments.offsets) {
      for i in sequence.tokens.indices.dropFirst() where sequence.isTarget[i] {
        rows.append(Int32(offset + i - 1))
        targets.append(sequence.tokens[i])
      }
    }
  }
}

/// Cross-entropy training of a Llama: the same loop for pretraining and for instruction tuning.
public struct LlamaTrainer {
  public let model: LlamaModel
  public let configuration: TrainingRecipe
  public let optimizer: Adam

  public init(model: LlamaModel, configuration: TrainingRecipe) {
    self.model = model
    self.configuration = configuration
    optimizer = Adam(model.parameters, configuration.optimizer)
  }

  /// One pass over sequences in random order.
  ///
  /// Sequences of similar length share a step only by chance: they are packed behind one another, so
  /// none is padded.
  ///
  /// - Parameters:
  ///   - sequences: What to learn.
  ///   - random: For the order and for dropout.
  /// - Returns: Mean cross-entropy a target in nats.
  public func epoch(
    _ sequences: [TrainingSequence], random: inout SeededRandom
  ) -> Float {
    epoch(sequences, comparing: nil, random: &random)
  }

  /// The same, where targets are compared with a sample of the vocabulary unless it is nil; tells what part is done.
  package func epoch(
    _ sequences: [TrainingSequence], comparing vocabulary: SampledVocabulary?,
    random: inout SeededRandom, progress: (Double) -> Void = { _ in }
  ) -> Float {
    var order = Array(sequences.indices)
    random.shuffle(&order)
    var total = 0.0
    var targets = 0
    var start = 0
    while start < order.count {
      progress(Double(start) / Double(order.count))
      let batch = order[start..<min(start + configuration.batchSize, order.count)]
      let (loss, count) = step(
        batch.map { sequences[$0] }, comparing: vocabulary, random: &random)
      total += Double(loss) * Double(count)
      targets += count
      start += batch.count
    }
    return Float(total / Double(max(1, targets)))
  }

  /// One step on one batch.
  ///
  /// - Returns: Mean cross-entropy and the number of targets; a batch without targets changes nothing.
  func step(
    _ batch: [TrainingSequence], comparing vocabulary: SampledVocabulary? = nil,
    random: inout SeededRandom
  ) -> (loss: Float, targets: Int) {
    let tape = Tape()
    let (loss, count) = LlamaTrainer.loss(
      of: batch, model: model, comparing: vocabulary, tape: tape, dropout: configuration.dropout,
      random: &random)
    guard let loss else { return (0, 0) }
    tape.backward(from: loss)
    optimizer.clipGradients(to: configuration.gradientClip)
    optimizer.step(learningRate: configuration.schedule.rate(at: optimizer.steps))
    return (loss.value.values[0], count)
  }

  /// Mean cross-entropy of a batch's targets on a tape; nil when there are none.
  static func loss(
    of batch: [TrainingSequence], model: LlamaModel, comparing vocabulary: SampledVocabulary? = nil,
    tape: Tape, dropout: Float, random: inout SeededRandom
  ) -> (Variable?, Int) {
    let packed = PackedSequences(batch)
    guard !packed.targets.isEmpty else { return (nil, 0) }
    let c = model.configuration
    let sample = vocabulary?.draw(using: &random)
    let some = sample.map { TableRows(packed.tokens + $0.classes + packed.targets) }
    let table = some.map { model.table(on: tape, rows: $0.rows) } ?? model.table(on: tape)
    let hidden = model.hiddenStates(
      on: tape, table: table, tokens: some?.places(of: packed.tokens) ?? packed.tokens,
      positions: packed.segments.positions, dropout: dropout, random: &random
    ) { tape, _, q, k, v in
      tape.attention(
        queries: q, keys: k, values: v, segments: packed.segments, heads: c.heads,
        keyHeads: c.keyValueHeads, causal: true)
    }
    let predicting = tape.gather(hidden, rows: packed.rows)
    if let sample, let some {
      let loss = tape.softmaxCrossEntropy(
        predicting, table: table, targets: some.places(of: packed.targets),
        sample: SampledClasses(
          classes: some.places(of: sample.classes), logExpected: sample.logExpected))
      return (loss, packed.targets.count)
    }
    let logits = model.logits(predicting, table: table, on: tape)
    return (tape.softmaxCrossEntropy(logits, targets: packed.targets), packed.targets.count)
  }
}
