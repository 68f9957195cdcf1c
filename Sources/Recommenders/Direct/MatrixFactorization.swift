internal import Datasets
internal import Tensors

/// Matrix factorisation, r̂ = ⟨e_u, e_i⟩, trained by Bayesian personalised ranking.
///
/// Rendle, Freudenthaler, Gantner and Schmidt-Thieme: BPR: Bayesian Personalized Ranking from
/// Implicit Feedback. UAI 2009. For every observed (u, i) one item j that u does not have is drawn,
/// and −log σ(r̂_ui − r̂_uj) is minimised with L2 on the vectors looked up. Labelled pairs of a
/// language model are triples like the observed ones: D' = D ∪ {(u, i⁺, i⁻)}.
///
/// A user or an item without interactions keeps a vector near its random start.
struct MatrixFactorization: RankingBackbone {
  private let users: Parameter
  private let items: Parameter
  private let configuration: BackboneConfiguration
  private let train: Histories
  private let owners: [Int32]
  private let pairs: [PreferencePair]

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "mf start")
    func table(_ name: String, rows: Int) -> Parameter {
      Parameter(
        name,
        .normal(
          rows: rows, columns: configuration.embeddingDimension,
          deviation: configuration.initialDeviation, using: &random))
    }
    users = table("users", rows: data.train.userCount)
    items = table("items", rows: data.train.itemCount)
    self.configuration = configuration
    train = data.train
    owners = train.owners
    pairs = data.pairs
  }

  var parameters: [(name: String, value: Matrix)] { [users, items].map { ($0.name, $0.value) } }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try [users, items].load(parameters, of: .mf)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam([users, items], .init(learningRate: configuration.learningRate))
    let sampler = NegativeSampler(train)
    let model = self
    return try GradientDescent(
      backbone: .mf, configuration: configuration, run: run, higherIsBetter: true
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) { random in
      model.epoch(sampler, optimizer, &random)
    }
  }

  /// One pass over the observed and the labelled triples in random order.
  private func epoch(
    _ sampler: NegativeSampler, _ optimizer: Adam, _ random: inout SeededRandom
  ) -> Float {
    let observed = train.items.count * configuration.negatives
    let order = permutation(observed + pairs.count, using: &random)
    var triples = RankingTriples()
    var total = 0.0
    for start in stride(from: 0, to: order.count, by: configuration.batchSize) {
      triples.removeAll()
      for index in order[start..<min(start + configuration.batchSize, order.count)] {
        let index = Int(index)
        if index < observed {
          let row = index / configuration.negatives
          triples.append(
            user: owners[row], preferred: train.items[row],
            other: sampler.draw(user: Int(owners[row]), using: &random))
        } else {
          let pair = pairs[index - observed]
          triples.append(
            user: pair.user, preferred: pair.preferred, other: pair.other, weight: pair.weight)
        }
      }
      total += Double(descend(triples)) * Double(triples.count)
      optimizer.step()
    }
    return Float(total / Double(max(order.count, 1)))
  }

  /// Sums the gradient of one batch and returns its mean loss.
  private func descend(_ triples: RankingTriples) -> Float {
    let tape = Tape()
    let loss = tape.bayesianPersonalizedRanking(
      users: tape.parameter(users), items: tape.parameter(items), triples: triples,
      l2: configuration.l2)
    tape.backward(from: loss)
    return loss.value[0, 0]
  }

  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    users.value.gathering(rows: queries.map { Int32($0.user) })
      .multiplied(by: items.value, transposed: true)
  }

  func userEmbeddings(_ histories: Histories) -> Matrix { users.value }
}
