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
  static let batch = 128

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
  func rank(of item: Int32, query: Int) -> Int? {
    items[query * length..<(query + 1) * length].firstIndex(of: item)
      .map { $0 - query * length }
  }
}
