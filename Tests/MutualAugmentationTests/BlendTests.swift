import Evaluation
import Foundations
import MutualAugmentation
import Tensors
import Testing

@Suite struct BlendTests {
  private let all = CandidateChoice(.backbone, .max)
  /// Four users, three candidates; user 3's list has two.
  private let blending = ListBlending(
    lists: ScoredLists(
      length: 3, items: [5, 6, 7, 5, 6, 7, 4, 3, 2, 9, 8, -1],
      recommender: [3, 2, 1, 3, 2, 1, 3, 2, 1, 2, 1, 0],
      languageModel: [0.1, 0.9, 0.5, 0.1, 0.9, 0.5, -2, -1, -3, -1, -1, 0]),
    interactions: [1, 3, 7, 7])

  @Test func `equation 6: ranks of a hand-worked table`() {
    func ranks(_ targets: [Int32], _ weights: [Float]) -> [Int?] {
      blending.ranks(targets: targets, weights: weights, utility: .positions)
    }
    // User 0, α = ½: utilities (−1, −2, −3) and (−3, −1, −2) give (−2, −1.5, −2.5): 6, 5, 7.
    // User 1, α = 0: the backbone's order. User 2, α = ½: (−1.5, −1.5, −3), a tie that 4 wins.
    #expect(ranks([5, 7, 3, 8], [0.5, 0, 0.5, 1]) == [1, 2, 1, 1])
    #expect(ranks([6, 6, 4, 9], [0.5, 1, 0.5, 1]) == [0, 0, 0, 0])
    #expect(ranks([7, 5, 2, 9], [0.5, 1, 0.5, 0]) == [2, 2, 2, 0])
  }

  @Test func `no target and a target that the backbone missed have no rank`() {
    let ranks = blending.ranks(
      targets: [-1, 4, 9, 5], weights: [0.5, 0.5, 0.5, 0.5], utility: .positions)
    #expect(ranks == [nil, nil, nil, nil])
  }

  @Test func `ranks agree with sorting the blended list`() {
    var random = SeededRandom(seed: 9)
    let (users, length) = (60, 9)
    func draw() -> [Float] {
      // Few values, so that there are ties.
      (0..<users * length).map { _ in Float(random.below(5)) }
    }
    var items: [Int32] = []
    for _ in 0..<users {
      var list = (0..<Int32(20)).map { $0 }
      random.shuffle(&list)
      let end = 1 + random.below(length)
      items += list.prefix(end) + [Int32](repeating: -1, count: length - end)
    }
    let (recommender, languageModel) = (draw(), draw())
    let lists = ScoredLists(
      length: length, items: items, recommender: recommender, languageModel: languageModel)
    let targets = (0..<users).map { _ in Int32(random.below(20)) }
    let weights = (0..<users).map { _ in Float(random.below(5)) / 4 }
    for utility in Utility.allCases {
      let found = ListBlending(lists: lists, interactions: [Int](repeating: 1, count: users))
        .ranks(targets: targets, weights: weights, utility: utility)
      for user in 0..<users {
        let range = user * length..<(user + 1) * length
        let list = Array(items[range].prefix { $0 >= 0 })
        let a = utility(Array(recommender[range].prefix(list.count)))
        let b = utility(Array(languageModel[range].prefix(list.count)))
        let blended = list.indices.map { (1 - weights[user]) * a[$0] + weights[user] * b[$0] }
        let order = list.indices.sorted { (blended[$0], $1) > (blended[$1], $0) }
        #expect(found[user] == order.firstIndex { list[$0] == targets[user] })
      }
    }
  }

  @Test func `the grid has every choice with its mean NDCG@10, and the first best is taken`() throws
  {
    // The language model knows user 0's and user 1's targets, the backbone user 2's.
    let targets: [Int32] = [6, 6, 4, 8]
    let choosing = [true, true, false, false]
    let grid = blending.grid(
      targets: targets, choosing: choosing, mode: .listwise, candidates: all, uniform: false)
    #expect(grid.count == 50)
    for choice in grid {
      let ranks = blending.ranks(
        targets: targets, weights: choice.weights(interactions: blending.interactions),
        utility: choice.utility)
      let mean = (ndcg(rank: ranks[0], at: 10) + ndcg(rank: ranks[1], at: 10)) / 2
      #expect(choice.metric == mean)
    }
    let best = try #require(grid.best(higherIsBetter: true))
    #expect(best.metric == 1)
    #expect(best == grid.first { $0.metric == 1 })
    // Both need a weight above ⅓. User 0 has ratio 1, user 1 ratio ½: with α₁ = 0.5 the cut-off has to
    // lift user 1 from 0.25 to 0.35.
    #expect(best.utility == .positions)
    #expect(best.aggregation == AdaptiveAggregation(alpha1: 0.5, alpha2: 0.7))

    let uniform = blending.grid(
      targets: targets, choosing: choosing, mode: .pointwise, candidates: all, uniform: true)
    #expect(uniform.count == 10)
    #expect(uniform.prefix(5).map(\.aggregation.alpha1) == AdaptiveAggregation.grid)
    #expect(uniform.allSatisfy { $0.isUniform && $0.mode == .pointwise })
    #expect(uniform[2].weights(interactions: [1, 9]) == [0.5, 0.5])
  }

  @Test func `nobody to choose by gives metric 0, no choice gives nil`() {
    let grid = blending.grid(
      targets: [6, 6, 4, 8], choosing: [false, false, false, false], mode: .listwise,
      candidates: all, uniform: true)
    #expect(grid.allSatisfy { $0.metric == 0 })
    #expect([BlendChoice]().best(higherIsBetter: true) == nil)
  }

  @Test func `ratings blend user by user, the grid measures their RMSE`() throws {
    let blending = RatingBlending(
      recommender: [3, 2, 1], languageModel: [5, 4, 1], interactions: [0, 0, 5])
    #expect(blending.ratings(weights: [0.5, 0, 1]) == [4, 2, 1])
    let grid = blending.grid(
      targets: [7, 8, 9], actual: [4, 3, 100], choosing: [true, true, false], uniform: true)
    #expect(grid.count == 5)
    let best = try #require(grid.best(higherIsBetter: false))
    #expect(best.aggregation.alpha1 == 0.5)
    #expect(best.metric == 0)
    // α = 0.1: both are off by 0.8.
    #expect(abs(grid[0].metric - 0.8) < 1e-6)
    #expect(
      blending.grid(
        targets: [7, -1, 9], actual: [4, 3, 100], choosing: [true, true, false], uniform: false
      ).count == 25)
  }
}
