internal import Datasets
internal import Tensors

/// A factorisation machine and a deep network on shared field embeddings, for ratings.
///
/// Guo, Tang, Ye, Li and He: DeepFM: A Factorization-Machine based Neural Network for CTR
/// Prediction. IJCAI 2017. r̂ = b + Σ_f w_f + Σ_{f<g} ⟨v_f, v_g⟩ + DNN(v_1 ‖ … ‖ v_F) (equations 1
/// to 4, without the sigmoid), squared error, L2 on what a sample looks up. A field with several
/// values has their mean. b starts at the mean rating, and predictions stay within the ratings of
/// train.
struct DeepFM: RatingBackbone {
  private let encoder: FieldEncoder
  private let configuration: BackboneConfiguration
  private let train: Histories
  private var scale: RatingScale

  private let embeddings: Parameter
  private let firstOrder: Parameter
  private let bias: Parameter
  private let layers: [(weight: Parameter, bias: Parameter?)]

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "deepfm start")
    train = data.train
    self.configuration = configuration
    encoder = FieldEncoder(data)
    scale = RatingScale(data.train.ratings)
    embeddings = Parameter(
      "embeddings",
      .normal(
        rows: encoder.valueCount, columns: configuration.embeddingDimension,
        deviation: configuration.initialDeviation, using: &random))
    firstOrder = Parameter("first-order", Matrix(rows: encoder.valueCount, columns: 1))
    bias = Parameter("bias", Matrix(rows: 1, columns: 1, repeating: scale.mean))
    var width = encoder.fieldCount * configuration.embeddingDimension
    var layers: [(weight: Parameter, bias: Parameter?)] = []
    for (index, units) in configuration.hiddenUnits.enumerated() {
      layers.append(
        (
          Parameter(
            "layer.\(index).weight", .xavierUniform(rows: units, columns: width, using: &random)),
          Parameter("layer.\(index).bias", Matrix(rows: 1, columns: units))
        ))
      width = units
    }
    layers.append(
      (Parameter("output.weight", .xavierUniform(rows: 1, columns: width, using: &random)), nil))
    self.layers = layers
  }

  private var trained: [Parameter] {
    [embeddings, firstOrder, bias] + layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
  }

  var parameters: [(name: String, value: Matrix)] {
    trained.map { ($0.name, $0.value) } + [("scale", scale.matrix)]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try trained.load(parameters, of: .deepfm)
    scale = RatingScale(try parameters.matrix("scale", like: scale.matrix, of: .deepfm))
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam(trained, .init(learningRate: configuration.learningRate))
    let owners = train.owners
    let model = self
    return try GradientDescent(
      backbone: .deepfm, configuration: configuration, run: run, higherIsBetter: false
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) { random in
      let order = permutation(owners.count, using: &random)
      var total = 0.0
      for start in stride(from: 0, to: order.count, by: configuration.batchSize) {
        let rows = order[start..<min(start + configuration.batchSize, order.count)]
        let loss = model.descend(
          users: rows.map { owners[Int($0)] }, items: rows.map { train.items[Int($0)] },
          ratings: rows.map { train.ratings[Int($0)] }, &random)
        total += Double(loss) * Double(rows.count)
        optimizer.step()
      }
      return Float(total / Double(max(order.count, 1)))
    }
  }

  /// Sums the gradient of one batch and returns its mean loss.
  private func descend(
    users: [Int32], items: [Int32], ratings: [Float], _ random: inout SeededRandom
  ) -> Float {
    let tape = Tape()
    let (predicted, norm) = forward(tape, users: users, items: items, &random)
    let error = tape.meanSquaredError(predicted, targets: ratings)
    let penalty = tape.scale(norm, by: configuration.l2 / Float(users.count))
    tape.backward(from: configuration.l2 > 0 ? tape.add(error, penalty) : error)
    return error.value[0, 0]
  }

  /// The predictions, N × 1, and half the squared norm of all that was looked up, 1 × 1.
  private func forward(
    _ tape: Tape, users: [Int32], items: [Int32], _ random: inout SeededRandom
  ) -> (ratings: Variable, norm: Variable) {
    let bags = encoder.bags(users: users, items: items)
    let vectors = tape.meanEmbeddings(tape.parameter(embeddings), bags)
    let weights = tape.meanEmbeddings(tape.parameter(firstOrder), bags)
    let machine = tape.factorizationMachine(vectors, fields: encoder.fieldCount)
    var deep = vectors
    for layer in layers {
      deep = tape.linear(
        deep, weight: tape.parameter(layer.weight), bias: layer.bias.map(tape.parameter))
      if layer.bias != nil {
        deep = tape.dropout(tape.relu(deep), rate: configuration.dropout, using: &random)
      }
    }
    let terms = tape.concatenate([weights, machine, deep])
    let ones = tape.constant(Matrix(rows: 1, columns: terms.columns, repeating: 1))
    let ratings = tape.linear(terms, weight: ones, bias: tape.parameter(bias))
    return (ratings, tape.add(tape.halfSquaredNorm(vectors), tape.halfSquaredNorm(weights)))
  }

  func ratings(users: [Int32], items: [Int32]) -> [Float] {
    var random = SeededRandom(seed: 0)
    return stride(from: 0, to: users.count, by: 4096).flatMap { start in
      let range = start..<min(start + 4096, users.count)
      let (ratings, _) = forward(
        Tape(recording: false), users: Array(users[range]), items: Array(items[range]), &random)
      return ratings.value.values.map(scale.clip)
    }
  }

  /// The embeddings of the user's own fields side by side: all that the model knows of a user, and
  /// what both of its halves read.
  func userEmbeddings() -> Matrix {
    let tape = Tape(recording: false)
    return tape.meanEmbeddings(tape.constant(embeddings.value), encoder.userBags).value
  }
}
