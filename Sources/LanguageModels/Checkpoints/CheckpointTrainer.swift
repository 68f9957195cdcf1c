internal import Foundations
internal import Tensors

/// Cross-entropy training of a checkpoint: all of its parameters, or its adapters alone.
///
/// A step's sequences are dealt into chunks of about as many tokens, which several threads compute and whose
/// gradients are summed in the order of the chunks. How they are dealt depends on the lengths alone, so the
/// number of threads changes no bit, and a batch of any size fits into memory.
struct CheckpointTrainer {
  /// Tokens of a chunk at most, unless one sequence is longer: the more, the less often a weight is read.
  private static let chunkTokens = 1024
  /// Chunks come in multiples of this, so that as many threads have the same to do.
  private static let chunkMultiple = 2
  /// Rows of logits that are held at once by a thread; each is as long as the vocabulary.
  private static let logitRows = 512

  let model: LlamaModel
  let recipe: TrainingRecipe
  let optimizer: Adam

  init(model: LlamaModel, recipe: TrainingRecipe) {
    self.model = model
    self.recipe = recipe
    optimizer = Adam(model.parameters, recipe.optimizer)
  }

  /// Where an epoch stands.
  fileprivate struct Progress {
    var steps = 0
    /// Summed over targets, in nats.
    var loss = 0.0
    var targets = 0

    var mean: Float { Float(loss / Double(max(1, targets))) }
  }

  // MARK: Epochs

  /// Trains, and leaves the best weights in the parameters.
  ///
  /// - Parameters:
  ///   - name: The checkpoint's name.
  ///   - loop: Epochs, patience, which metric is better.
  ///   - random: The only source of randomness.
  ///   - monitor: Where states go; an interrupted training repeats at most the steps since the last one.
  ///   - metricName: Shown with progress.
  ///   - sequences: Makes what is learned in one epoch.
  ///   - validate: The metric of the weights so far; nil where nothing is chosen: the last weights stay.
  /// - Returns: One point per validated epoch.
  /// - Throws: What the closures and the monitor throw.
  func train(
    name: String, loop: EarlyStoppingTrainer, random: inout SeededRandom,
    monitor: any TrainingMonitor, metricName: String,
    sequences: (inout SeededRandom) -> [TrainingSequence],
    validate: () async throws -> Float?
  ) async throws -> [CurvePoint] {
    var resumes = true
    return try await loop.train(
      name: name, optimizer: optimizer, random: &random, monitor: monitor, metricName: metricName
    ) { number, random in
      defer { resumes = false }
      return try epoch(
        sequences(&random), number: number, of: loop.epochs, random: &random,
        name: name + "-steps", resumes: resumes, monitor: monitor)
    } validate: {
      try await validate()
    }
  }

  /// One pass over sequences in random order.
  ///
  /// - Parameters:
  ///   - sequences: What to learn.
  ///   - number: Of the epoch, from 0.
  ///   - epochs: How many there are at most, for the report.
  ///   - random: For the order and for dropout.
  ///   - name: Under which the states within an epoch are kept.
  ///   - resumes: Whether an epoch that was begun is gone on with.
  ///   - monitor: Where states go.
  /// - Returns: Mean cross-entropy a target in nats.
  /// - Throws: What the monitor throws.
  private func epoch(
    _ sequences: [TrainingSequence], number: Int, of epochs: Int, random: inout SeededRandom,
    name: String, resumes: Bool, monitor: any TrainingMonitor
  ) throws -> Float {
    var order = Array(sequences.indices)
    random.shuffle(&order)
    // Each chunk draws from a generator of its own: what is drawn must not depend on who computes first.
    let seed = random.next()
    let size = recipe.batchSize
    let steps = (order.count + size - 1) / size
    var progress = Progress()
    if resumes, let state = try monitor.restore(name), state.epoch == number {
      optimizer.restore(from: state)
      progress = Progress(state)
    }
    while progress.steps < steps {
      let start = progress.steps * size
      let batch = order[start..<min(start + size, order.count)].map { sequences[$0] }
      let (loss, targets) = step(
        batch, seed: SeededRandom(seed: seed, purpose: "step \(progress.steps)").state[0])
      progress.steps += 1
      progress.loss += loss
      progress.targets += targets
      monitor.report(part: Double(progress.steps) / Double(steps), after: number, of: epochs)
      if progress.steps < steps, progress.steps.isMultiple(of: recipe.checkpoint.stateInterval) {
        var state = optimizer.state(epoch: number, random: random)
        progress.write(to: &state)
        try monitor.save(state, as: name)
      }
    }
    return progress.mean
  }

  // MARK: Steps

  /// One step on one batch.
  ///
  /// - Parameters:
  ///   - batch: Sequences; those without targets are not computed.
  ///   - seed: Of the step's random numbers.
  /// - Returns: Summed cross-entropy in nats, and the number of targets; a batch without targets changes nothing.
  func step(_ batch: [TrainingSequence], seed: UInt64) -> (loss: Double, targets: Int) {
    let chunks = Self.chunks(batch).map(PackedSequences.init)
    let targets = chunks.reduce(0) { $0 + $1.targets.count }
    guard targets > 0 else { return (0, 0) }
    let budget = recipe.checkpoint.activationBytes / BLAS.threads
    let (model, dropout) = (model, recipe.dropout)
    var total = 0.0
    Workers.run(chunks.count) { number in
      let chunk = chunks[number]
      var random = SeededRandom(seed: seed, purpose: "chunk \(number)")
      let gradients = GradientSet()
      let tape = Tape(gradients: gradients)
      let loss = model.loss(
        of: chunk, on: tape, dropout: dropout, random: &random,
        recomputes: model.configuration.activationBytes(of: chunk.segments) > budget,
        logitRows: Self.logitRows)
      let share = Float(chunk.targets.count) / Float(targets)
      tape.backward(from: tape.scale(loss, by: share))
      return (loss: Double(loss.value.values[0]) * Double(chunk.targets.count), gradients)
    } take: { _, result in
      total += result.loss
      result.1.add()
    }
    optimizer.clipGradients(to: recipe.gradientClip)
    optimizer.step(learningRate: recipe.schedule.rate(at: optimizer.steps))
    return (total, targets)
  }

  /// Deals sequences with targets into chunks: the longest first, each to the chunk with the fewest tokens.
  static func chunks(_ batch: [TrainingSequence]) -> [[TrainingSequence]] {
    let sequences = batch.filter { $0.isTarget.dropFirst().contains(true) }
      .sorted { $0.tokens.count > $1.tokens.count }
    let tokens = sequences.reduce(0) { $0 + $1.tokens.count }
    let multiple = chunkTokens * chunkMultiple
    let count = min(sequences.count, (tokens + multiple - 1) / multiple * chunkMultiple)
    var chunks = [[TrainingSequence]](repeating: [], count: count)
    var lengths = [Int](repeating: 0, count: count)
    for sequence in sequences {
      let shortest = lengths.indices.min { (lengths[$0], $0) < (lengths[$1], $1) } ?? 0
      chunks[shortest].append(sequence)
      lengths[shortest] += sequence.tokens.count
    }
    return chunks
  }
}

extension CheckpointTrainer.Progress {
  private static let key = "progress"

  fileprivate init(_ state: TrainingState) {
    let numbers = state.numbers[Self.key] ?? []
    precondition(numbers.count == 3, "a state of another training")
    (steps, loss, targets) = (Int(numbers[0]), numbers[1], Int(numbers[2]))
  }

  fileprivate func write(to state: inout TrainingState) {
    state.numbers[Self.key] = [Double(steps), loss, Double(targets)]
  }
}

extension LlamaModel {
  /// Mean cross-entropy of the targets of sequences, at least one.
  ///
  /// Logits are never all held at once, and gradients of a frozen output layer are not computed.
  fileprivate func loss(
    of batch: PackedSequences, on tape: Tape, dropout: Float, random: inout SeededRandom,
    recomputes: Bool, logitRows: Int
  ) -> Variable {
    let (c, segments) = (configuration, batch.segments)
    let table = table(on: tape)
    let hidden = hiddenStates(
      on: tape, table: table, tokens: batch.tokens, positions: segments.positions,
      dropout: dropout, random: &random, recomputes: recomputes
    ) { tape, _, q, k, v in
      tape.attention(
        queries: q, keys: k, values: v, segments: segments, heads: c.heads,
        keyHeads: c.keyValueHeads, causal: true)
    }
    return tape.softmaxCrossEntropy(
      tape.gather(hidden, rows: batch.rows), table: outputTable(table, on: tape),
      targets: batch.targets, chunk: logitRows)
  }
}

extension LlamaConfiguration {
  /// About how many bytes of activations a training step keeps of sequences for their gradients.
  func activationBytes(of segments: Segments) -> Int {
    let (attended, shared) = (heads * headSize, keyValueHeads * headSize)
    let row = 6 * hiddenSize + 3 * attended + 3 * shared + 4 * intermediateSize
    let weights = (0..<segments.count).reduce(0) { sum, sequence in
      let length = segments.offsets[sequence + 1] - segments.offsets[sequence]
      return sum + heads * length * length
    }
    return 4 * layers * (row * segments.rows + weights)
  }
}
