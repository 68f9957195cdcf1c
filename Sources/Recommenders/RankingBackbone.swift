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
}

extension RankingBackbone {
  /// Mean NDCG@10.
  static func validation(on data: TrainingData) -> ((Self) -> Float)? {
    let users = data.judges
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
    func lists(_ histories: Histories) -> CandidateLists {
      let queries = (0..<histories.userCount).map {
        RankingQuery(user: $0, history: histories.items(of: $0))
      }
      return CandidateLists(self, queries: queries, length: candidates)
    }
    var result = Predictions(
      task: Self.name.task, candidates: candidates, userEmbeddings: userEmbeddings(data.train))
    let validation = lists(data.train)
    result.validationItems = validation.items
    result.validationScores = validation.scores
    let test = lists(data.testHistories)
    result.testItems = test.items
    result.testScores = test.scores
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
