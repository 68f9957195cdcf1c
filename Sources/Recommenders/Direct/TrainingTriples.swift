internal import Datasets
internal import Foundations
internal import Tensors

/// Some triples, and which of them a language model labelled.
struct TripleBatch {
  var triples = RankingTriples()
  var isLabelled: [Bool] = []

  fileprivate mutating func removeAll() {
    triples.removeAll()
    isLabelled.removeAll(keepingCapacity: true)
  }
}

/// What the direct models learn from: every observed (u, i) with items j that u does not have, and
/// the labelled pairs of a language model as triples like the observed ones, D' = D ∪ {(u, i⁺, i⁻)}.
struct TrainingTriples {
  let sampler: NegativeSampler
  private let train: Histories
  private let owners: [Int32]
  private let pairs: [PreferencePair]
  private let negatives: Int
  private let batchSize: Int

  init(_ data: TrainingData, configuration: BackboneConfiguration) {
    train = data.train
    owners = train.owners
    pairs = data.pairs
    sampler = NegativeSampler(train)
    negatives = configuration.negatives
    batchSize = configuration.batchSize
  }

  /// One pass over the triples in random order.
  ///
  /// - Parameters:
  ///   - random: For the order and the negatives.
  ///   - progress: Hears what part is done.
  ///   - step: Descends on a batch and returns its mean loss.
  /// - Returns: The mean loss of all triples.
  func epoch(
    using random: inout SeededRandom, progress: (Double) -> Void,
    step: (TripleBatch, inout SeededRandom) -> Float
  ) -> Float {
    let observed = train.items.count * negatives
    let order = permutation(observed + pairs.count, using: &random)
    var batch = TripleBatch()
    var total = 0.0
    for start in stride(from: 0, to: order.count, by: batchSize) {
      progress(Double(start) / Double(order.count))
      batch.removeAll()
      for index in order[start..<min(start + batchSize, order.count)] {
        let index = Int(index)
        batch.isLabelled.append(index >= observed)
        if index < observed {
          let row = negatives == 1 ? index : index / negatives
          batch.triples.append(
            user: owners[row], preferred: train.items[row],
            other: sampler.draw(user: Int(owners[row]), using: &random))
        } else {
          let pair = pairs[index - observed]
          batch.triples.append(
            user: pair.user, preferred: pair.preferred, other: pair.other, weight: pair.weight)
        }
      }
      total += Double(step(batch, &random)) * Double(batch.triples.count)
    }
    return Float(total / Double(max(order.count, 1)))
  }
}
