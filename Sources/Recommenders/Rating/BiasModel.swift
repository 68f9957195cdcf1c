internal import Datasets
internal import Tensors

/// r̂_ui = μ + b_u + b_i with shrunk biases: the baseline estimates of rating prediction.
///
/// Koren: Factor in the Neighbors: Scalable and Accurate Collaborative Filtering. TKDD 2010,
/// section 2.1.
///
/// - Prediction: μ + b_u + b_i, μ the mean rating; who or what has no ratings has the bias 0.
/// - Loss: Σ (r_ui − μ − b_u − b_i)² + λ (Σ b_u² + Σ b_i²).
/// - Solved for the items and the users in turn, each a shrunk mean of what the others leave: b_i =
///   Σ_u (r_ui − μ − b_u) / (n_i + λ), and likewise b_u.
///
/// The means are repeated until they stand still, which is the joint minimum; taken once, as a
/// shortcut, they are worse (`docs/backbones.md`). λ is chosen by validation; the grid is ours.
/// Predictions stay within the ratings of train. There is no user embedding: a number says too
/// little of a user.
struct BiasModel: RatingBackbone, PenaltySearch {
  static let name = BackboneName.bias

  private let train: Histories
  let configuration: BackboneConfiguration
  private var scale: RatingScale
  private var users: Matrix
  private var items: Matrix

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    train = data.train
    self.configuration = configuration
    scale = RatingScale(data.train.ratings)
    users = Matrix(rows: train.userCount, columns: 1)
    items = Matrix(rows: train.itemCount, columns: 1)
  }

  var parameters: [(name: String, value: Matrix)] {
    [("users", users), ("items", items), ("scale", scale.matrix)]
  }

  mutating func load(_ parameters: [String: Matrix]) throws {
    users = try parameters.matrix("users", like: users, of: Self.name)
    items = try parameters.matrix("items", like: items, of: Self.name)
    scale = RatingScale(try parameters.matrix("scale", like: scale.matrix, of: Self.name))
  }

  mutating func solve(penalty shrinkage: Float) {
    let frequencies = train.itemFrequencies()
    users = Matrix(rows: train.userCount, columns: 1)
    for _ in 0..<Self.sweeps {
      var sums = [Float](repeating: 0, count: train.itemCount)
      for user in 0..<train.userCount {
        let base = scale.mean + users.values[user]
        for row in train.range(of: user) {
          sums[Int(train.items[row])] += train.ratings[row] - base
        }
      }
      // b_i = Σ_u (r_ui − μ − b_u) / (n_i + λ).
      items.values = zip(sums, frequencies).map { $0 / (Float($1) + shrinkage) }
      // b_u = Σ_i (r_ui − μ − b_i) / (n_u + λ).
      for user in 0..<train.userCount {
        var sum: Float = 0
        for row in train.range(of: user) {
          sum += train.ratings[row] - scale.mean - items.values[Int(train.items[row])]
        }
        users.values[user] = sum / (Float(train.count(of: user)) + shrinkage)
      }
    }
  }

  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    4 * 4 * (data.train.userCount + data.train.itemCount)
  }

  /// Rounds over items and users; the predictions stand still well before.
  private static let sweeps = 20

  func ratings(users: [Int32], items: [Int32]) -> [Float] {
    zip(users, items).map { user, item in
      scale.clip(scale.mean + self.users.values[Int(user)] + self.items.values[Int(item)])
    }
  }

  /// None: a number says too little of a user: U × 0.
  func userEmbeddings() -> Matrix { Matrix(rows: train.userCount, columns: 0) }
}
