internal import Datasets
internal import Tensors

/// Scores an item by the number of its train interactions, for every user alike.
struct Popularity: RankingBackbone {
  static let name = BackboneName.popularity

  private var counts: Matrix
  private let configuration: BackboneConfiguration

  init(data: TrainingData, configuration: BackboneConfiguration, seed: UInt64) {
    counts = Matrix(
      rows: 1, columns: data.train.itemCount,
      values: data.train.itemFrequencies().map { Float($0) })
    self.configuration = configuration
  }

  var parameters: [(name: String, value: Matrix)] { [("counts", counts)] }

  mutating func load(_ parameters: [String: Matrix]) throws {
    counts = try parameters.matrix("counts", like: counts, of: Self.name)
  }

  mutating func fit(
    _ run: TrainingRun, validate: ((Self) throws -> Float)?
  ) -> Fit {
    Fit(curve: [], chosen: configuration)
  }

  static func cost(on data: TrainingData, _ configuration: BackboneConfiguration) -> TrainingCost {
    TrainingCost(epoch: Double(data.train.items.count), user: 0)  // Nothing is validated.
  }

  static func memory(on data: TrainingData, _ configuration: BackboneConfiguration) -> Int {
    rankingMemory(on: data)
  }

  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix {
    counts.gathering(rows: [Int32](repeating: 0, count: queries.count))
  }

  /// Nothing tells users apart: U × 0.
  func userEmbeddings(_ histories: Histories) -> Matrix {
    Matrix(rows: histories.userCount, columns: 0)
  }
}
