internal import Datasets
internal import Foundations
internal import Tensors

/// Matrix factorisation trained by Bayesian personalised ranking (BPR).
///
/// Rendle, Freudenthaler, Gantner and Schmidt-Thieme: BPR: Bayesian Personalized Ranking from
/// Implicit Feedback. UAI 2009, arXiv 1205.2618. The paper numbers none of these equations:
///
/// - Score: x̂_ui = ⟨w_u, h_i⟩ (section 4.3.1).
/// - Loss: BPR-Opt (section 4.1) is Σ ln σ(x̂_ui − x̂_uj) − λ ‖Θ‖² over what u has, i, and has not,
///   j. What is minimised here is the mean over a batch's triples of −w ln σ(x̂_ui − x̂_uj) + λ/2
///   (‖w_u‖² + ‖h_i‖² + ‖h_j‖²), with w 1 for observed pairs: `Operations/Ranking.swift`.
/// - Triples: `TrainingTriples.swift`. LearnBPR (section 4.2) draws them with replacement; an epoch
///   here goes once through the observed pairs in random order, with one new j each. Labelled pairs
///   of a language model are triples like the observed ones: D' = D ∪ {(u, i⁺, i⁻)}.
/// - Steps: Adam on batches, where the paper ascends triple by triple.
///
/// Defaults: width 64, batch 2048, λ 1e-4 (SELFRec); Adam 3e-3, start deviation 0.01, patience 15
/// (chosen here, `docs/backbones.md`). The user embedding for the search of similar users is w_u,
/// all that scores know of a user; a user or an item without interactions keeps one near its random
/// start.
struct MatrixFactorization: RankingBackbone {
  static let name = BackboneName.mf

  /// w, U × D.
  private let users: Parameter
  /// h, I × D.
  private let items: Parameter
  private let configuration: BackboneConfiguration
  private let triples: TrainingTriples

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "mf start")
    let isRowSparse = configuration.isRowSparse(
      rows: data.train.userCount + data.train.itemCount, lookups: 3)
    func table(_ name: String, rows: Int) -> Parameter {
      Parameter(
        name,
        .normal(
          rows: rows, columns: configuration.embeddingDimension,
          deviation: configuration.initialDeviation, using: &random), rowSparse: isRowSparse)
    }
    users = table("users", rows: data.train.userCount)
    items = table("items", rows: data.train.itemCount)
    self.configuration = configuration
    triples = TrainingTriples(data, configuration: configuration)
  }

  var parameters: [(name: String, value: Matrix)] { [users, items].map { ($0.name, $0.value) } }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try [users, items].load(parameters, of: Self.name)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam([users, items], .init(learningRate: configuration.learningRate))
    let model = self
    return try GradientDescent(
      backbone: Self.name, configuration: configuration, run: run
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) {
      random, progress in
      model.triples.epoch(using: &random, progress: progress) { batch, _ in
        let loss = model.descend(batch.triples)
        optimizer.step()
        return loss
      }
    }
  }

  /// A triple looks up three rows, forwards, back and to step.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let triples = Double(data.train.items.count * configuration.negatives + data.pairs.count)
    return TrainingCost(
      epoch: triples * 3 * Double(configuration.embeddingDimension) * TrainingCost.lookup,
      user: rankingCost(on: data, configuration))
  }

  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    trainedMemory((data.train.userCount + data.train.itemCount) * configuration.embeddingDimension)
      + rankingMemory(on: data)
  }

  /// Sums the gradient of one batch and returns its mean loss, BPR-Opt (section 4.1).
  private func descend(_ triples: RankingTriples) -> Float {
    let tape = Tape()
    let loss = tape.bayesianPersonalizedRanking(
      users: tape.parameter(users), items: tape.parameter(items), triples: triples,
      l2: configuration.l2)
    tape.backward(from: loss)
    return loss.value[0, 0]
  }

  /// x̂_ui = ⟨w_u, h_i⟩ (section 4.3.1).
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    users.value.gathering(rows: queries.map { Int32($0.user) })
      .multiplied(by: items.value, transposed: true)
  }

  func userEmbeddings(_ histories: Histories) -> Matrix { users.value }
}
