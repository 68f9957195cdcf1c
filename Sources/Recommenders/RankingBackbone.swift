internal import Datasets
internal import Evaluation
internal import Tensors

/// A model of the top-k tasks.
protocol RankingBackbone: Backbone {
  /// A score for every item, larger is better: Q × I.
  func scores(of queries: ArraySlice<RankingQuery>) -> Matrix

  /// One row a user: U × D. Users are similar when their rows point the same way.
  func userEmbeddings(_ histories: Histories) -> Matrix
}

/// A list to make: for whom, and what that user is known to have at that moment.
struct RankingQuery {
  var user: Int
  /// In time order; none of it is ever listed.
  var history: ArraySlice<Int32>
  /// What the model may read of it.
  var read: ArraySlice<Int32>

  /// A query; the model reads the whole history unless told otherwise.
  init(user: Int, history: ArraySlice<Int32>, read: ArraySlice<Int32>? = nil) {
    self.user = user
    self.history = history
    self.read = read ?? history
  }
}

extension RankingBackbone {
  /// Multiply-adds to rank the catalogue for a user by inner products: the scores, and a look at each.
  static func rankingCost(
    on data: TrainingData, _ configuration: BackboneConfiguration
  ) -> Double {
    Double(data.train.itemCount) * Double(configuration.embeddingDimension + 16)
  }

  /// Bytes of the scores of a batch of queries.
  static func rankingMemory(on data: TrainingData) -> Int {
    2 * 4 * CandidateLists.batch * data.train.itemCount
  }

  /// Mean NDCG@10.
  static func validation(on data: TrainingData, users: [Int]) -> ((Self) -> Float)? {
    guard !users.isEmpty else { return nil }
    let queries = users.map { RankingQuery(user: $0, history: data.train.items(of: $0)) }
    return { model in
      let lists = CandidateLists(model, queries: queries, length: 10)
      var sum: Float = 0
      for (query, user) in users.enumerated() {
        sum += ndcg(rank: lists.rank(of: data.validation.items[user], query: query), at: 10)
      }
      return sum / Float(users.count)
    }
  }

  func predictions(on data: TrainingData, candidates: Int) -> Predictions {
    func lists(_ histories: Histories, reading read: Histories) -> CandidateLists {
      let queries = (0..<histories.userCount).map {
        RankingQuery(user: $0, history: histories.items(of: $0), read: read.items(of: $0))
      }
      return CandidateLists(self, queries: queries, length: candidates)
    }
    var result = Predictions(
      task: Self.name.task, candidates: candidates, userEmbeddings: userEmbeddings(data.train))
    let validation = lists(data.train, reading: data.train)
    result.validationItems = validation.items
    result.validationScores = validation.scores
    let known = data.testHistories
    let isSequential = Self.name.task == .sequential
    let test = lists(known, reading: isSequential ? known : data.train)
    result.testItems = test.items
    result.testScores = test.scores
    if Self.name.isBaseline {
      let next = lists(known, reading: known)
      result.nextItems = next.items
      result.nextScores = next.scores
    }
    return result
  }

  func scores(
    of items: [Int32], on data: TrainingData, knowsValidation: Bool, for task: RecommendationTask
  ) -> [Float] {
    let users = data.train.userCount
    guard users > 0, !items.isEmpty else { return [] }
    let length = items.count / users
    let known = knowsValidation ? data.testHistories : data.train
    let read = task == .sequential ? known : data.train
    var result = [Float](repeating: 0, count: items.count)
    for start in stride(from: 0, to: users, by: CandidateLists.batch) {
      let block = start..<min(start + CandidateLists.batch, users)
      let queries = block.map {
        RankingQuery(user: $0, history: known.items(of: $0), read: read.items(of: $0))
      }
      let scores = scores(of: queries[...])
      for (row, user) in block.enumerated() {
        for place in user * length..<(user + 1) * length where items[place] >= 0 {
          result[place] = scores[row, Int(items[place])]
        }
      }
    }
    return result
  }

  func predictions(of fold: Fold, in train: Histories, candidates: Int) -> FoldPredictions {
    let lists = CandidateLists(self, queries: fold.queries(in: train), length: candidates)
    var result = FoldPredictions(
      users: fold.users, positions: fold.positions, userEmbeddings: userEmbeddings(fold.data.train))
    result.items = lists.items
    result.scores = lists.scores
    return result
  }
}
