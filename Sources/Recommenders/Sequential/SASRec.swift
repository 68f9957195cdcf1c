internal import Datasets
internal import Foundations
internal import Tensors

/// Self-attentive sequential recommendation: a causal transformer over a user's last items.
///
/// Kang and McAuley: Self-Attentive Sequential Recommendation. ICDM 2018, arXiv 1808.09781.
/// Equations 1 to 5 are computed in `SASRecNetwork.swift`, equation 6 in `SequenceBackbone.swift`:
///
/// - Input: Ê_t = M_{s_t} + P_t, item and learned position (equation 1).
/// - Block: attention softmax(Q Kᵀ / √d) V (equation 2) of linear maps of Ê, from earlier positions
///   only (equation 3); then FFN(S_t) = ReLU(S_t W₁ + b₁) W₂ + b₂ (equation 4); and the next block
///   on its output (equation 5). Around both g stand normalisation, dropout and a sum, x +
///   Dropout(g(LayerNorm(x))) (section III-C, not numbered).
/// - Score of item i after t items: r_{i,t} = ⟨F_t, M_i⟩ with the items of the input (equation 6).
/// - Loss (section III-E, not numbered): −Σ_t [log σ(r_{o_t,t}) + log(1 − σ(r_{j,t}))], o_t the
///   next item and j one that the user does not have: `sequenceLoss` binary. The default is softmax
///   cross-entropy over the items (`ItemSoftmax.swift`).
///
/// As in the authors' code, and not in the paper: items are scaled by √d, only the queries are
/// normalised before attention, and it is the normalised input that is added back. Adam has β₂
/// 0.999, where the authors' code has 0.98. Nothing is computed for padding.
///
/// Defaults: length 50, width 64, 2 blocks, 1 head, dropout 0.2 (SELFRec); softmax, batch 64, Adam
/// 2e-3 and patience 5 are chosen here (`docs/backbones.md`).
///
/// The user embedding for the search of similar users is F at the end of the history, from which
/// the next item is scored (the implicit user embedding of section III-D). A user without history
/// has a zero vector and equal scores; one with a single item trains nothing.
struct SASRec: SequenceBackbone {
  static let name = BackboneName.sasrec
  let parts: SequenceParts
  private let sampler: NegativeSampler

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "sasrec start")
    // A stretch holds inputs; the targets lie one further.
    parts = SequenceParts(data, configuration: configuration, reserved: 1, using: &random)
    sampler = NegativeSampler(parts.sequences)
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
    // Equation 6 and the loss of section III-E, or softmax over all items.
    switch configuration.sequenceLoss {
    case .softmax:
      let loss = parts.softmax.loss(
        tape, hidden, table: table, targets: targets, using: &random)
      return (loss, targets.count)
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
      tape, tables: [tape.parameter(network.items)], items: items, segments: segments, causal: true,
      &random)
  }
}
