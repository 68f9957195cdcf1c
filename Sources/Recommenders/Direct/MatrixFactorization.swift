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
  private let triples: TrainingTriples

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
    triples = TrainingTriples(data, configuration: configuration)
  }

  var parameters: [(name: String, value: Matrix)] { [users, items].map { ($0.name, $0.value) } }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try [users, items].load(parameters, of: .mf)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam([users, items], .init(learningRate: configuration.learningRate))
    let model = self
    return try GradientDescent(
      backbone: .mf, configuration: configuration, run: run, higherIsBetter: true
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) { random in
      model.triples.epoch(using: &random) { batch, _ in
        let loss = model.descend(batch.triples)
        optimizer.step()
        return loss
      }
    }
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
