import Datasets
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite struct FoldTests {
  private let lists: [[Int32]] = [
    [0, 1],
    [0, 1, 2],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    (0..<30).map { Int32($0) },
  ]

  private var data: TrainingData {
    TrainingData(
      train: histories(lists, itemCount: 40), validation: targets([10, 11, 12, 13]))
  }

  @Test func theLastFifthIsHeldOutUpToTheLimit() throws {
    let fold = try #require(
      try train(.popularity, data, small(.popularity), foldPositions: 4).predictions.fold)
    #expect(fold.users == [1, 2, 2, 3, 3, 3, 3])
    #expect(fold.positions == [2, 8, 9, 26, 27, 28, 29])
    #expect(fold.userEmbeddings.rows == 4)
  }

  @Test func theModelCountsNothingOfWhatIsHeldOut() throws {
    let fold = try #require(
      try train(.popularity, data, small(.popularity), candidates: 40, foldPositions: 4)
        .predictions.fold)
    // Counts without the held-out parts: items 0 and 1 occur four times, 2 twice, …, 26 and later
    // never.
    let counts = (0..<40).map { item in
      Float(zip(lists, [2, 2, 8, 26]).count { $0.prefix($1).contains(Int32(item)) })
    }
    for (query, (user, position)) in zip(fold.users, fold.positions).enumerated() {
      let row = query * 40..<(query + 1) * 40
      let listed = fold.items[row].filter { $0 >= 0 }
      let known = lists[Int(user)].prefix(Int(position))
      #expect(Set(listed) == Set(0..<40).subtracting(known))
      #expect(Array(fold.scores[row].prefix(listed.count)) == listed.map { counts[Int($0)] })
    }
  }

  @Test(arguments: [BackboneName.mf, .lightgcn, .sgl, .mixgcf, .sasrec, .bert4rec, .cl4srec])
  func embeddingsOfAFoldKnowNothingOfWhatIsHeldOut(name: BackboneName) throws {
    func embeddings(lastItems: [Int32]) throws -> Matrix {
      var lists = lists
      for (user, item) in zip([1, 2, 3], lastItems) { lists[user][lists[user].count - 1] = item }
      var data = TrainingData(
        train: histories(lists, itemCount: 40), validation: targets([10, 11, 12, 13]))
      data.validationUsers = [false, false, false, false]
      let predictions = try train(name, data, small(name), foldPositions: 4).predictions
      return try #require(predictions.fold).userEmbeddings
    }
    #expect(try embeddings(lastItems: [2, 9, 29]) == embeddings(lastItems: [33, 34, 35]))
  }

  @Test func noFoldPositionsMakeNoFold() throws {
    #expect(try train(.popularity, data, small(.popularity)).predictions.fold == nil)
  }

  @Test func aSequentialFoldReadsTheHistoryUpToThePosition() throws {
    var configuration = small(.sasrec)
    configuration.epochs = 100
    configuration.patience = 100
    configuration.learningRate = 0.01
    configuration.dropout = 0
    let data = circles(length: 10)
    let fold = try #require(
      try train(.sasrec, data, configuration, candidates: 1, foldPositions: 2).predictions.fold)
    #expect(fold.users.count == 48)
    let next = zip(fold.users, fold.positions).map { Int32((Int($0) + Int($1)) % 12) }
    #expect(fold.items == next)
  }

  @Test func aRatingFoldPredictsEachHeldOutRating() throws {
    let data = TrainingData(
      train: histories(
        [[0, 1, 2], [0, 1, 2], [0, 1]], ratings: [[1, 3, 5], [1, 3, 1], [1, 3]], itemCount: 3),
      validation: targets([-1, -1, -1]))
    var configuration = small(.bias)
    configuration.penalties = [1e-4]
    let fold = try #require(
      try train(.bias, data, configuration, foldPositions: 5).predictions.fold)
    #expect(fold.users == [0, 1])
    #expect(fold.positions == [2, 2])
    // Item 2 is unknown without its held-out ratings: what is left is the mean of 1, 3, 1, 3, 1, 3.
    #expect(fold.ratings.allSatisfy { abs($0 - 2) < 1e-4 })
    #expect(fold.items.isEmpty && fold.scores.isEmpty)
  }

  @Test func anAugmentedSequenceEndsBeforeTheFirstHeldOutItem() throws {
    // With the held-out item 5 left in, the only next item ever seen after 4 would be 5.
    let sequences: [[Int32]] = [[0, 1, 2, 3, 4, 5]]
    var data = TrainingData(
      train: histories(sequences, itemCount: 8), validation: targets([-1]))
    data.trainingHistories = histories([[0, 7, 1, 2, 3, 4, 5, 6]], itemCount: 8)
    var configuration = small(.sasrec)
    configuration.dropout = 0
    let fold = try #require(
      try train(.sasrec, data, configuration, candidates: 3, foldPositions: 1).predictions.fold)
    data.trainingHistories = histories([[0, 7, 1, 2, 3, 4, 6, 6]], itemCount: 8)
    data.train = histories([[0, 1, 2, 3, 4, 6]], itemCount: 8)
    let other = try #require(
      try train(.sasrec, data, configuration, candidates: 3, foldPositions: 1).predictions.fold)
    // What comes from the held-out item on changes nothing.
    #expect(fold.items == other.items && fold.scores == other.scores)
  }
}
