internal import Datasets
internal import Foundations
internal import Tensors

/// What the models on field embeddings differ in: how the fields' vectors interact.
protocol FieldNetwork: SendableMetatype {
  static var name: BackboneName { get }

  /// Fresh parameters.
  ///
  /// - Parameters:
  ///   - fields: F.
  ///   - configuration: The widths; D is `embeddingDimension`.
  ///   - random: Where the start comes from.
  init(fields: Int, configuration: BackboneConfiguration, using random: inout SeededRandom)

  var parameters: [Parameter] { get }

  /// The terms that the fields' vectors add to a rating.
  ///
  /// - Parameters:
  ///   - vectors: v_1 ‖ … ‖ v_F: N × (F · D).
  ///   - tape: Where they are computed.
  ///   - random: Consumed by dropout.
  /// - Returns: N × 1 each.
  func terms(
    of vectors: Variable, on tape: Tape, using random: inout SeededRandom
  ) -> [Variable]
}

/// r̂ = b + Σ_f w_f + the terms of a network on the field embeddings v_1 … v_F: all that DeepFM,
/// NFM, DCN, AutoInt, AFM and xDeepFM share.
///
/// b + Σ_f w_f is the linear part of the factorisation machine (Rendle, 2010, equation 1): the bias
/// and a first-order weight for each field's value, w_f. A field with several values has their mean
/// (Song et al., AutoInt, 2019, equation 3). Where the papers put a sigmoid and log loss on clicks,
/// a rating is r̂ as it is: the loss is the batch's mean squared error + λ/2 times the mean over
/// its samples of the squared norm of what they look up. b starts at the mean rating, w at 0, and
/// predictions stay within the ratings of train.
///
/// Defaults: batch 256, Adam 1e-3, λ 1e-5, no dropout (DeepCTR-Torch 0.3.0); D 8, start deviation
/// 0.01 and patience 3 are chosen here (`docs/backbones.md`). DeepCTR-Torch adds λ times the
/// squared norm of whole tables to the sum of a batch's errors.
struct FieldModel<Network: FieldNetwork>: RatingBackbone {
  static var name: BackboneName { Network.name }

  private let encoder: FieldEncoder
  private let configuration: BackboneConfiguration
  private let train: Histories
  private var scale: RatingScale

  private let embeddings: Parameter
  private let firstOrder: Parameter
  private let bias: Parameter
  private let network: Network

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "\(Self.name.rawValue) start")
    train = data.train
    self.configuration = configuration
    encoder = FieldEncoder(data)
    scale = RatingScale(data.train.ratings)
    let isRowSparse = configuration.isRowSparse(
      rows: encoder.valueCount, lookups: encoder.fieldCount)
    embeddings = Parameter(
      "embeddings",
      .normal(
        rows: encoder.valueCount, columns: configuration.embeddingDimension,
        deviation: configuration.initialDeviation, using: &random), rowSparse: isRowSparse)
    firstOrder = Parameter(
      "first-order", Matrix(rows: encoder.valueCount, columns: 1), rowSparse: isRowSparse)
    bias = Parameter("bias", Matrix(rows: 1, columns: 1, repeating: scale.mean))
    network = Network(
      fields: encoder.fieldCount, configuration: configuration, using: &random)
  }

  private var trained: [Parameter] { [embeddings, firstOrder, bias] + network.parameters }

  var parameters: [(name: String, value: Matrix)] {
    trained.map { ($0.name, $0.value) } + [("scale", scale.matrix)]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    try trained.load(parameters, of: Self.name)
    scale = RatingScale(try parameters.matrix("scale", like: scale.matrix, of: Self.name))
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) throws -> Fit {
    let optimizer = Adam(trained, .init(learningRate: configuration.learningRate))
    let owners = train.owners
    let model = self
    return try GradientDescent(
      backbone: Self.name, configuration: configuration, run: run
    ).train(optimizer, validate: validate.map { validate in { try validate(model) } }) {
      random, progress in
      let order = permutation(owners.count, using: &random)
      var total = 0.0
      for start in stride(from: 0, to: order.count, by: configuration.batchSize) {
        progress(Double(start) / Double(order.count))
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

  /// The tables of all values, and a batch's activations: with feature maps each field times each map.
  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let encoder = FieldEncoder(data)
    let fields = encoder.fieldCount
    let width = configuration.embeddingDimension
    let units = configuration.hiddenUnits.reduce(0, +)
    let maps = configuration.interactionUnits.max() ?? 0
    let activations = 8 * fields * width * (fields + 4) + 8 * units + 4 * fields * maps * width
    return trainedMemory(encoder.valueCount * (width + 1)) + 4 * 4096 * activations
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
    let terms = tape.concatenate([weights] + network.terms(of: vectors, on: tape, using: &random))
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

  /// The embeddings of the user's own fields side by side: all that a model knows of a user, and
  /// all that its network reads of one.
  func userEmbeddings() -> Matrix {
    let tape = Tape(recording: false)
    return tape.meanEmbeddings(tape.constant(embeddings.value), encoder.userBags).value
  }
}
