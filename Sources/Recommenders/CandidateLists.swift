internal import Datasets
internal import Evaluation
internal import Tensors

/// The best items of each query, best first.
struct CandidateLists {
  /// Q × K, −1 where a list ends early.
  var items: [Int32] = []
  /// Q × K, 0 where a list has ended.
  var scores: [Float] = []
  let length: Int

  /// Ranks all items for every query except what the user is known to have, in batches of one
  /// matrix product.
  init<Model: RankingBackbone>(_ model: Model, queries: [RankingQuery], length: Int) {
    self.length = length
    items.reserveCapacity(queries.count * length)
    scores.reserveCapacity(queries.count * length)
    var start = 0
    while start < queries.count {
      let batch = queries[start..<min(start + Self.batch, queries.count)]
      var scores = model.scores(of: batch)
      append(&scores, for: batch)
      start = batch.endIndex
    }
  }

  /// Queries a batch: their scores stay in the cache on their way to the ranking.
  private static let batch = 128

  /// Ranks a batch's scores, Q × I, which lose the known items on the way.
  private mutating func append(_ matrix: inout Matrix, for queries: ArraySlice<RankingQuery>) {
    for (row, query) in queries.enumerated() {
      let start = row * matrix.columns
      for item in query.history { matrix.values[start + Int(item)] = -.infinity }
      let span = matrix.values.span.extracting(start..<start + matrix.columns)
      let best = topK(span, k: length)
      items += best.items
      scores += best.scores
      let missing = length - best.items.count
      items.append(contentsOf: repeatElement(-1, count: missing))
      scores.append(contentsOf: repeatElement(0, count: missing))
    }
  }

  /// The place of an item in a query's list, from 0.
  func rank(of item: Int, query: Int) -> Int? {
    items[query * length..<(query + 1) * length].firstIndex(of: Int32(item))
      .map { $0 - query * length }
  }
}

/// Mean NDCG@10 over the users whose validation item counts; nil when there are none.
struct RankingValidation {
  private let queries: [RankingQuery]
  private let targets: [Int]

  init?(_ data: TrainingData) {
    let users = (0..<data.train.userCount).filter { data.judge(of: $0) != nil }
    guard !users.isEmpty else { return nil }
    targets = users.compactMap { data.judge(of: $0) }
    queries = users.map { RankingQuery(user: $0, history: data.train.items(of: $0)) }
  }

  func metric<Model: RankingBackbone>(_ model: Model) -> Float {
    let lists = CandidateLists(model, queries: queries, length: 10)
    var sum: Float = 0
    for (query, target) in targets.enumerated() {
      sum += ndcg(rank: lists.rank(of: target, query: query), at: 10)
    }
    return sum / Float(targets.count)
  }
}

/// Root of the mean squared error over the users whose validation item counts; nil without any.
struct RatingValidation {
  private let users: [Int32]
  private let items: [Int32]
  private let ratings: [Float]

  init?(_ data: TrainingData) {
    let users = (0..<data.train.userCount).filter { data.judge(of: $0) != nil }
    guard !users.isEmpty else { return nil }
    self.users = users.map { Int32($0) }
    items = users.map { data.validation.items[$0] }
    ratings = users.map { data.validation.ratings[$0] }
  }

  func metric<Model: RatingBackbone>(_ model: Model) -> Float {
    var sum = 0.0
    for (predicted, actual) in zip(model.ratings(users: users, items: items), ratings) {
      sum += Double((predicted - actual) * (predicted - actual))
    }
    return Float((sum / Double(ratings.count)).squareRoot())
  }
}
