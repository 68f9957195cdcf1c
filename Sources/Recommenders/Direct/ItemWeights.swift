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
  static func weights(
    _ cooccurrences: Matrix, penalty: Float, configuration: BackboneConfiguration
  ) throws -> Matrix
}

/// What the models of item-item weights are made of.
struct ItemWeightParts {
  let train: Histories
  let configuration: BackboneConfiguration
  /// XᵀX.
  let cooccurrences: Matrix
  /// λ of EASE, the shrinkage of item-kNN.
  var penalty: Float
  /// B; zeros before the first solution.
  var weights: Matrix

  init(_ data: TrainingData, configuration: BackboneConfiguration) {
    train = data.train
    self.configuration = configuration
    cooccurrences = data.train.cooccurrences()
    penalty = configuration.penalties[0]
    weights = Matrix(rows: train.itemCount, columns: train.itemCount)
  }
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
    parts.weights = try Self.weights(
      parts.cooccurrences, penalty: penalty, configuration: parts.configuration)
  }

  /// x · B for what each query reads, Q × I.
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    let histories = queries.map(\.read)
    let offsets = histories.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    let columns = histories.flatMap { $0 }
    let x = SparseMatrix(
      columnCount: parts.train.itemCount, offsets: offsets, columns: columns,
      values: [Float](repeating: 1, count: columns.count))
    let tape = Tape(recording: false)
    return tape.multiply(x, transposed: x.transposed(), tape.constant(parts.weights)).value
  }

  /// None: U × 0.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    Matrix(rows: histories.userCount, columns: 0)
  }
}

extension Histories {
  /// XᵀX: how many users have both items, I × I.
  fileprivate func cooccurrences() -> Matrix {
    var counts = Matrix(rows: itemCount, columns: itemCount)
    counts.values.withUnsafeMutableBufferPointer { counts in
      for user in 0..<userCount {
        let items = items(of: user)
        for first in items {
          let row = Int(first) * itemCount
          for second in items { counts[row + Int(second)] += 1 }
        }
      }
    }
    return counts
  }
}
