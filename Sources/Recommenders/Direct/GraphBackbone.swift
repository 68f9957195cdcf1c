internal import Datasets
internal import Foundations
internal import Tensors

/// A model whose users and items are nodes of the interaction graph, trained on triples: what
/// LightGCN, SGL and MixGCF have in common.
///
/// The models differ in the loss of a batch alone. All score by the inner product of a user's and
/// an item's embeddings, propagated through the graph and averaged over the layers (He et al.,
/// LightGCN, 2020, equations 5, 7 and 8). A node without edges keeps 1 / (L + 1) of its own random
/// start.
protocol GraphBackbone: RankingBackbone {
  var parts: GraphParts { get set }
  init(parts: GraphParts)

  /// The loss of a batch, 1 × 1, from the tape's embeddings of all nodes.
  typealias BatchLoss = (Tape, Variable, TripleBatch, inout SeededRandom) -> Variable

  /// Draws what an epoch keeps, and returns the loss of its batches.
  func startEpoch(_ random: inout SeededRandom) -> BatchLoss
}

/// What the graph models are made of.
struct GraphParts {
  /// E⁽⁰⁾, (U + I) × D, users first: all that is trained.
  let embeddings: Parameter
  let graph: InteractionGraph
  let triples: TrainingTriples
  let configuration: BackboneConfiguration
  /// Propagated user and item embeddings of the parameters as they were at the last `propagate`.
  private(set) var users: Matrix
  private(set) var items: Matrix

  init(
    data: TrainingData, configuration: BackboneConfiguration, seed: UInt64, of name: BackboneName
  ) {
    var random = SeededRandom(seed: seed, purpose: "\(name.rawValue) start")
    let (userCount, itemCount) = (data.train.userCount, data.train.itemCount)
    let width = configuration.embeddingDimension
    embeddings = Parameter(
      "embeddings",
      .normal(
        rows: userCount + itemCount, columns: width, deviation: configuration.initialDeviation,
        using: &random))
    graph = InteractionGraph(data.train)
    triples = TrainingTriples(data, configuration: configuration)
    self.configuration = configuration
    users = Matrix(rows: userCount, columns: width)
    items = Matrix(rows: itemCount, columns: width)
    propagate()
  }

  /// Computes what predictions need from the parameters.
  mutating func propagate() {
    let tape = Tape(recording: false)
    let final = tape.mean(layers(tape, tape.parameter(embeddings))).value
    let split = users.count
    users.values = Array(final.values[..<split])
    items.values = Array(final.values[split...])
  }

  /// The embeddings of all nodes at every layer.
  func layers(_ tape: Tape, _ embeddings: Variable) -> [Variable] {
    tape.propagate(graph.adjacency, embeddings, layers: configuration.layers)
  }

  /// BPR of the triples' nodes by averaged layers, with L2 on their embeddings before propagation.
  func rankingLoss(
    _ tape: Tape, layers: [Variable], nodes: RankingTriples
  ) -> Variable {
    let final = tape.mean(layers)
    let loss = tape.bayesianPersonalizedRanking(
      users: final, items: final, triples: nodes, l2: 0)
    return tape.add(loss, penalty(tape, layers[0], nodes))
  }

  /// λ/2 (‖e_u‖² + ‖e_i‖² + ‖e_j‖²) of the embeddings before propagation, the mean over triples.
  func penalty(_ tape: Tape, _ embeddings: Variable, _ nodes: RankingTriples) -> Variable {
    let rows = nodes.users + nodes.preferred + nodes.others
    return tape.scale(
      tape.halfSquaredNorm(embeddings, rows: rows),
      by: configuration.l2 / Float(max(nodes.count, 1)))
  }
}

extension GraphBackbone {
  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    self.init(
      parts: GraphParts(
        data: data, configuration: configuration, seed: seed, of: Self.name))
  }

  var parameters: [(name: String, value: Matrix)] {
    [(parts.embeddings.name, parts.embeddings.value)]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try [parts.embeddings].load(parameters, of: Self.name)
    parts.propagate()
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let configuration = parts.configuration
    let optimizer = Adam(
      [parts.embeddings], .init(learningRate: configuration.learningRate))
    let model = self
    let fit = try GradientDescent(
      backbone: Self.name, configuration: configuration, run: run
    ).train(
      optimizer,
      validate: validate.map { validate in
        {
          var current = model
          current.parts.propagate()
          return try validate(current)
        }
      }
    ) { random, progress in
      let loss = model.startEpoch(&random)
      return model.parts.triples.epoch(using: &random, progress: progress) { batch, random in
        let tape = Tape()
        let value = loss(tape, tape.parameter(model.parts.embeddings), batch, &random)
        tape.backward(from: value)
        optimizer.step()
        return value.value[0, 0]
      }
    }
    parts.propagate()
    return fit
  }

  /// Every batch propagates through all edges, forwards and back.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let edges = Double(2 * data.train.items.count)
    let triples = data.train.items.count * configuration.negatives + data.pairs.count
    let batches = Double((triples + configuration.batchSize - 1) / configuration.batchSize)
    let width = Double(configuration.embeddingDimension)
    return TrainingCost(
      epoch: batches * edges * width * Double(2 * configuration.layers) * 4,
      user: rankingCost(on: data, configuration))
  }

  /// Three graphs at most, and of each the nodes at every layer with their gradients.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let nodes =
      (data.train.userCount + data.train.itemCount) * configuration.embeddingDimension
    return trainedMemory(nodes) + 4 * nodes * 2 * 3 * (configuration.layers + 2)
      + 3 * 2 * data.train.items.count * 8 + rankingMemory(on: data)
  }

  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    parts.users.gathering(rows: queries.map { Int32($0.user) })
      .multiplied(by: parts.items, transposed: true)
  }

  /// The propagated vectors that scores are made of: they know the user's items, too.
  func userEmbeddings(_ histories: Histories) -> Matrix { parts.users }
}
