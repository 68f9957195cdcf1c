internal import Datasets
internal import Foundations
internal import Tensors

/// Weighted matrix factorisation of all of the interaction matrix by alternating least squares.
///
/// Hu, Koren and Volinsky: Collaborative Filtering for Implicit Feedback Datasets. ICDM 2008. r_ui
/// counts interactions, p_ui = 1 where r_ui > 0 and 0 elsewhere, and c_ui = 1 + α r_ui is the
/// confidence (section 4):
///
/// - Loss: Σ_{u,i} c_ui (p_ui − ⟨x_u, y_i⟩)² + λ (Σ ‖x_u‖² + Σ ‖y_i‖²) over all cells (equation 3).
/// - A pass solves x_u = (YᵀCᵘY + λI)⁻¹ YᵀCᵘ p(u) for all users (equation 4), then y_i = (XᵀCⁱX +
///   λI)⁻¹ XᵀCⁱ p(i) for all items (equation 5). YᵀCᵘY = YᵀY + Yᵀ(Cᵘ − I)Y, whose last term has
///   only the items of u.
/// - Each system is not solved, but improved by a few steps of conjugate gradients from where the
///   last pass ended (Takács, Pilászy and Tikk: Applications of the Conjugate Gradient Method for
///   Implicit Feedback Collaborative Filtering. RecSys 2011).
///
/// `epochs` is the number of passes. Defaults: 15 passes of 3 steps (the library implicit), width
/// 64, α 0, which weighs all cells alike; λ by validation. The paper found α 40 good for its
/// television data; the library implicit has c_ui = α r_ui, so that its alpha 1 is α 0 where all r
/// are 1. The user embedding for the search of similar users is x_u, all that scores know of a
/// user; one without interactions is a zero vector.
struct ALS: RankingBackbone, PenaltySearch {
  static let name = BackboneName.als

  /// Conjugate gradient steps a vector and pass.
  private static let steps = 3

  let configuration: BackboneConfiguration
  private let train: Histories
  /// r: U × I, and its transpose.
  private let byUser: SparseMatrix
  private let byItem: SparseMatrix
  /// Items' vectors before the first pass.
  private let start: Matrix
  private var users: Matrix
  private var items: Matrix
  /// λ, with which the vectors were solved for.
  private var penalty: Float = 0

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    var random = SeededRandom(seed: seed, purpose: "als start")
    self.configuration = configuration
    train = data.train
    byUser = Self.counts(
      (0..<train.userCount).map { data.train.items(of: $0) }, items: train.itemCount)
    byItem = byUser.transposed()
    start = .normal(
      rows: data.train.itemCount, columns: configuration.embeddingDimension,
      deviation: configuration.initialDeviation, using: &random)
    items = start
    users = Matrix(rows: data.train.userCount, columns: configuration.embeddingDimension)
  }

  /// A step of conjugate gradients multiplies a vector by YᵀY.
  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    let rows = Double(data.train.userCount + data.train.itemCount)
    let width = Double(configuration.embeddingDimension)
    return TrainingCost(
      epoch: Double(configuration.epochs) * rows * Double(steps + 1) * width * width * 4,
      user: rankingCost(on: data, configuration))
  }

  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    let rows = data.train.userCount + data.train.itemCount
    return 4 * 3 * rows * configuration.embeddingDimension + 2 * 24 * data.train.items.count
      + rankingMemory(on: data)
  }

  private static func counts(_ histories: [ArraySlice<Int32>], items: Int) -> SparseMatrix {
    var (offsets, columns, values) = ([0], [Int32](), [Float]())
    for (row, history) in histories.enumerated() {
      for item in history.sorted() {
        if columns.count > offsets[row], columns[columns.count - 1] == item {
          values[values.count - 1] += 1
        } else {
          columns.append(item)
          values.append(1)
        }
      }
      offsets.append(columns.count)
    }
    return SparseMatrix(
      columnCount: items, offsets: offsets, columns: columns, values: values)
  }

  var parameters: [(name: String, value: Matrix)] {
    [
      ("users", users), ("items", items),
      ("penalty", Matrix(rows: 1, columns: 1, values: [penalty])),
    ]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    users = try parameters.matrix("users", like: users, of: Self.name)
    items = try parameters.matrix("items", like: items, of: Self.name)
    penalty = try parameters.matrix(
      "penalty", like: Matrix(rows: 1, columns: 1), of: Self.name)[0, 0]
  }

  mutating func solve(penalty: Float) {
    self.penalty = penalty
    items = start
    users = Matrix(rows: users.rows, columns: users.columns)
    for _ in 0..<configuration.epochs {
      improve(&users, with: byUser, fixed: items, penalty: penalty)  // Equation 4.
      improve(&items, with: byItem, fixed: users, penalty: penalty)  // Equation 5.
    }
  }

  /// Steps of conjugate gradients for each row x of one side, Y being the other side's vectors.
  private func improve(
    _ side: inout Matrix, with counts: SparseMatrix, fixed: Matrix, penalty: Float
  ) {
    let width = fixed.columns
    let confidence = configuration.confidence
    // YᵀY + λI, common to all rows; a row adds α Σ r y yᵀ of its own few.
    var common = fixed.gram()
    for d in 0..<width { common[d, d] += penalty }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { scratch in
      side.values.withUnsafeMutableBufferPointer { side in
        guard let scratch = scratch.baseAddress, let side = side.baseAddress else { return }
        let (residual, direction) = (scratch, scratch + width)
        let product = scratch + 2 * width
        fixed.read { y in
          common.read { common in
            for row in 0..<counts.rowCount {
              let entries = counts.offsets[row]..<counts.offsets[row + 1]
              let x = side + row * width
              guard !entries.isEmpty else {
                x.update(repeating: 0, count: width)
                continue
              }
              /// product ← (YᵀCY + λI) v.
              func multiply(_ v: UnsafePointer<Float>) {
                product.update(repeating: 0, count: width)
                for d in 0..<width { Kernels.axpy(v[d], common + d * width, product, width) }
                guard confidence > 0 else { return }
                for k in entries {
                  let item = y + Int(counts.columns[k]) * width
                  Kernels.axpy(
                    confidence * counts.values[k] * Kernels.dot(item, v, width), item, product,
                    width)
                }
              }
              // The residual YᵀC p − (YᵀCY + λI) x of equation 4 or 5.
              multiply(x)
              residual.update(repeating: 0, count: width)
              for k in entries {
                Kernels.axpy(
                  1 + confidence * counts.values[k], y + Int(counts.columns[k]) * width, residual,
                  width)
              }
              Kernels.axpy(-1, product, residual, width)
              direction.update(from: residual, count: width)
              var square = Kernels.dot(residual, residual, width)
              for _ in 0..<Self.steps where square > 1e-20 {
                multiply(direction)
                let length = square / Kernels.dot(direction, product, width)
                Kernels.axpy(length, direction, x, width)
                Kernels.axpy(-length, product, residual, width)
                let next = Kernels.dot(residual, residual, width)
                Kernels.scale(next / square, direction, width)
                Kernels.add(residual, to: direction, width)
                square = next
              }
            }
          }
        }
      }
    }
  }

  /// A user who has more to read than was trained on gets a vector for it, from the items' as they are (equation 4).
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    var vectors = users.gathering(rows: queries.map { Int32($0.user) })
    if queries.contains(where: { $0.read.count != train.count(of: $0.user) }) {
      improve(
        &vectors, with: Self.counts(queries.map(\.read), items: items.rows), fixed: items,
        penalty: penalty)
    }
    return vectors.multiplied(by: items, transposed: true)
  }

  /// The users' own vectors, all that scores depend on.
  func userEmbeddings(_ histories: Histories) -> Matrix { users }
}
