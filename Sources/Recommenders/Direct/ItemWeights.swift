internal import Datasets
internal import Tensors

/// A model that scores an item by its weights with the items that the user has: what EASE and
/// item-kNN have in common.
///
/// X is the U × I matrix of interactions; the weights B, I × I, follow from XᵀX and one number that
/// validation chooses, the only parameter that is kept. A user is no more than x_u: one without
/// interactions scores 0 everywhere, and there is no user embedding.
protocol ItemWeightBackbone: RankingBackbone, PenaltySearch {
  var parts: ItemWeightParts { get set }
  init(parts: ItemWeightParts)

  /// B, from XᵀX and the number; throws `BackboneError`.
  static func weights(of parts: ItemWeightParts, penalty: Float) throws -> ItemWeights
}

/// What the models of item-item weights are made of.
struct ItemWeightParts {
  let train: Histories
  let configuration: BackboneConfiguration
  /// λ of EASE, the shrinkage of item-kNN.
  var penalty: Float
  /// B; nothing before the first solution.
  var weights: ItemWeights

  init(_ data: TrainingData, configuration: BackboneConfiguration) {
    train = data.train
    self.configuration = configuration
    penalty = configuration.penalties[0]
    weights = .dense(Matrix(rows: 0, columns: 0), of: [])
  }
}

/// B, I × I.
enum ItemWeights {
  /// All weights among some items, N × N, and which these are, ascending; those of others are 0.
  case dense(Matrix, of: [Int32])
  /// Few weights a column.
  case sparse(SparseMatrix)
}

extension ItemWeightBackbone {
  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    self.init(parts: ItemWeightParts(data, configuration: configuration))
  }

  var configuration: BackboneConfiguration { parts.configuration }

  var parameters: [(name: String, value: Matrix)] {
    [("penalty", Matrix(rows: 1, columns: 1, repeating: parts.penalty))]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    let saved = try parameters.matrix("penalty", like: Matrix(rows: 1, columns: 1), of: Self.name)
    guard saved[0, 0] > 0 else {
      throw BackboneError.parameter(
        backbone: Self.name, name: "penalty", found: "\(saved[0, 0])", expected: "above 0")
    }
    try solve(penalty: saved[0, 0])
  }

  mutating func solve(penalty: Float) throws {
    parts.penalty = penalty
    // The old weights make room for the new ones.
    parts.weights = .dense(Matrix(rows: 0, columns: 0), of: [])
    parts.weights = try Self.weights(of: parts, penalty: penalty)
  }

  /// x · B for what each query reads, Q × I.
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    let histories = queries.map(\.read)
    switch parts.weights {
    case .sparse(let weights):
      var scores = Matrix(rows: histories.count, columns: parts.train.itemCount)
      for (row, history) in histories.enumerated() {
        let start = row * scores.columns
        for item in history {
          for k in weights.offsets[Int(item)]..<weights.offsets[Int(item) + 1] {
            scores.values[start + Int(weights.columns[k])] += weights.values[k]
          }
        }
      }
      return scores
    case .dense(let weights, let items):
      let some = product(of: histories, with: weights, of: items)
      guard items.count < parts.train.itemCount else { return some }
      var scores = Matrix(rows: histories.count, columns: parts.train.itemCount)
      for row in 0..<some.rows {
        for (place, item) in items.enumerated() { scores[row, Int(item)] = some[row, place] }
      }
      return scores
    }
  }

  /// x · B of some items, Q × N.
  private func product(
    of histories: [ArraySlice<Int32>], with weights: Matrix, of items: [Int32]
  ) -> Matrix {
    var places = [Int32](repeating: -1, count: parts.train.itemCount)
    for (place, item) in items.enumerated() { places[Int(item)] = Int32(place) }
    var (offsets, columns) = ([0], [Int32]())
    for history in histories {
      columns += history.lazy.map { places[Int($0)] }.filter { $0 >= 0 }
      offsets.append(columns.count)
    }
    let x = SparseMatrix(
      columnCount: items.count, offsets: offsets, columns: columns,
      values: [Float](repeating: 1, count: columns.count))
    let tape = Tape(recording: false)
    return tape.multiply(x, transposed: x.transposed(), tape.constant(weights)).value
  }

  /// None: U × 0.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    Matrix(rows: histories.userCount, columns: 0)
  }
}
