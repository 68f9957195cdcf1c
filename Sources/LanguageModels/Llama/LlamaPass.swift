internal import Foundations
public import Tensors

/// One forward pass over several sequences, keeping what later passes can go on from.
///
/// A pass may continue one sequence of an earlier pass: its sequences then all begin where that one ended,
/// and read its keys and values instead of computing them again.
struct LlamaPass {
  let model: LlamaModel
  let segments: Segments
  /// Last hidden state of every token, N × D.
  let hidden: Matrix
  /// Keys and values of every layer, N × (keyValueHeads · headSize), keys already rotated.
  let keys: [Matrix]
  let values: [Matrix]
  private let table: Matrix

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - sequences: Tokens; none empty.
  ///   - prefix: The pass and the number of its sequence to continue; nil starts at position 0.
  init(model: LlamaModel, sequences: [[Int32]], continuing prefix: (LlamaPass, Int)? = nil) {
    let segments = Segments(lengths: sequences.map(\.count))
    let c = model.configuration
    let range = prefix.map { $0.0.segments.offsets[$0.1]..<$0.0.segments.offsets[$0.1 + 1] }
    let start = Int32(range?.count ?? 0)
    let tape = Tape(recording: false)
    let table = model.table(on: tape)
    var keys: [Matrix] = []
    var values: [Matrix] = []
    var unused = SeededRandom(seed: 0)
    let hidden = model.hiddenStates(
      on: tape, table: table, tokens: sequences.flatMap { $0 },
      positions: segments.positions.map { $0 + start }, dropout: 0, random: &unused
    ) { tape, layer, q, k, v in
      keys.append(k.value)
      values.append(v.value)
      guard let prefix, let range else {
        return tape.attention(
          queries: q, keys: k, values: v, segments: segments, heads: c.heads,
          keyHeads: c.keyValueHeads, causal: true)
      }
      return tape.constant(
        attentionWithPrefix(
          queries: q.value, keys: k.value, values: v.value, segments: segments,
          prefixKeys: prefix.0.keys[layer].rows(range),
          prefixValues: prefix.0.values[layer].rows(range), heads: c.heads,
          keyHeads: c.keyValueHeads))
    }
    self.model = model
    self.segments = segments
    self.hidden = hidden.value
    self.keys = keys
    self.values = values
    self.table = table.value
  }

  /// The row of the last token of a sequence.
  func lastRow(of sequence: Int) -> Int32 { Int32(segments.offsets[sequence + 1] - 1) }

  /// log P(token | everything up to and including the row), R × V.
  func logProbabilities(after rows: [Int32]) -> Matrix {
    var logits = logits(after: rows)
    logits.logSoftmaxRows()
    return logits
  }

  /// The same before it is normalised.
  func logits(after rows: [Int32]) -> Matrix { logits(of: hidden.gathering(rows: rows)) }

  /// The same of last hidden states of this or a later pass.
  func logits(of hidden: Matrix) -> Matrix {
    let tape = Tape(recording: false)
    return model.logits(tape.constant(hidden), table: tape.constant(table), on: tape).value
  }

  /// The last hidden states of other tokens; see `LlamaModel.hiddenStates`.
  func states(
    of tokens: [Int32], positions: [Int32],
    attention: @escaping LlamaModel.Attention
  ) -> Matrix {
    let tape = Tape(recording: false)
    var unused = SeededRandom(seed: 0)
    return model.hiddenStates(
      on: tape, table: tape.constant(table), tokens: tokens, positions: positions, dropout: 0,
      random: &unused, attention: attention
    ).value
  }
}

extension LlamaModel {
  /// The unnormalised log-probabilities of the next token after every token of a sequence.
  ///
  /// - Parameter tokens: N tokens, at least one, from position 0.
  /// - Returns: N × V.
  public func logits(after tokens: [Int32]) -> Matrix {
    let pass = LlamaPass(model: self, sequences: [tokens])
    return pass.logits(after: tokens.indices.map { Int32($0) })
  }

  /// Tokens that are computed together: the more, the less often a weight is read.
  private static let passTokens = 1024

  /// The unnormalised log-probabilities of the next token after each of several sequences, some of which are
  /// computed together, and several such by several threads.
  ///
  /// - Parameter sequences: S sequences; none empty.
  /// - Returns: S × V.
  public func logits(afterEach sequences: [[Int32]]) -> Matrix {
    let passes = sequences.reduce(into: [[[Int32]]]()) { passes, sequence in
      let length = passes.last?.reduce(0) { $0 + $1.count } ?? .max
      if length < Self.passTokens, length + sequence.count <= Self.passTokens {
        passes[passes.count - 1].append(sequence)
      } else {
        passes.append([sequence])
      }
    }
    var rows: [Float] = []
    rows.reserveCapacity(sequences.count * configuration.vocabularySize)
    Workers.run(passes.count) { index in
      let pass = LlamaPass(model: self, sequences: passes[index])
      return pass.logits(after: passes[index].indices.map(pass.lastRow))
    } take: {
      rows += $1.values
    }
    return Matrix(rows: sequences.count, columns: configuration.vocabularySize, values: rows)
  }
}
