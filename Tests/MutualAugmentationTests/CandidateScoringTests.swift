import Datasets
import Evaluation
import Foundation
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite struct CandidateScoringTests {
  private let train = histories(
    [[0, 1, 2], [3, 4], []], ratings: [[1, 2, 3.5], [2, 1], []], itemCount: 12)
  private let validation = targets([8, 9, -1], ratings: [2, 3.5, 0])
  private let lists: [Int32] = [5, 8, 6, 9, 7, -1, -1, -1, -1]
  /// Users 0 and 1 are similar to each other.
  private let embeddings = Matrix(rows: 3, columns: 2, values: [1, 0, 1, 1, 0, 0])

  private var writer: PromptWriter {
    PromptWriter(
      templates: PromptTemplates(ratingScale: [1, 2, 3.5]), train: train, userEmbeddings: embeddings
    )
  }

  private func scoring(
    _ model: ScriptedModel, _ task: RecommendationTask = .direct
  ) -> CandidateScoring {
    CandidateScoring(
      model: model, writer: writer, validation: validation, task: task)
  }

  /// Likes high item numbers.
  private func itemModel() -> ScriptedModel {
    ScriptedModel(answer: { $0.items.first.map { Float($0) } ?? ($0 == .text(" yes") ? -1 : -3) })
  }

  private func asked(
    _ moment: Moment, _ items: [Int32]? = nil, augmented: Bool = false
  ) -> CandidateLists {
    CandidateLists(
      at: moment, items: items ?? lists, length: 3,
      hints: augmented ? writer : nil)
  }

  @Test func `a prompt asks in every mode: one question listwise, one a candidate pointwise`()
    async throws
  {
    let model = itemModel()
    let plain = Prompt.text("history:") + .items(0, 1, 2)
    _ = try await scoring(model).scores(
      users: [0], of: [asked(.test), asked(.test, [5, 8, -1], augmented: true)],
      modes: [.pointwise, .listwise])
    func pointwise(_ items: Int32...) -> [ScoringQuery.Branch] {
      items.map {
        .init(context: .text(" next:") + .items($0), answers: writer.templates.yesNo)
      }
    }
    #expect(
      model.queries == [
        ScoringQuery(
          prompt: plain,
          branches: pointwise(5, 8, 6) + [.init(answers: [.items(5), .items(8), .items(6)])]),
        ScoringQuery(
          prompt: .text(" similar user:") + .items(3, 4) + .text(" recommender:") + .items(5, 8)
            + .text(" history:") + .items(0, 1, 2),
          branches: pointwise(5, 8) + [.init(answers: [.items(5), .items(8)])]),
      ])
  }

  @Test(arguments: [Moment.validation, .test])
  func `only the sequential task at test shows the validation item`(moment: Moment) {
    for task in RecommendationTask.allCases {
      let shown = Array(scoring(itemModel(), task).history(of: 0, at: moment))
      #expect(shown == (task == .sequential && moment == .test ? [0, 1, 2, 8] : [0, 1, 2]))
      #expect(scoring(itemModel(), task).history(of: 2, at: moment).isEmpty)
    }
  }

  @Test func `lists with the same prompt are asked about together, each candidate once`()
    async throws
  {
    let model = itemModel()
    let other: [Int32] = [8, 7, -1, 9, -1, -1, -1, -1, -1]
    let together = try await scoring(model).scores(
      users: [1, 0], of: [asked(.validation), asked(.test, other), asked(.test, augmented: true)],
      modes: [RankingMode.listwise, .pointwise])
    #expect(model.queries.count == 4)
    #expect(model.queries[2].branches[0].answers == [.items(5), .items(8), .items(6), .items(7)])
    for (index, list) in [asked(.validation), asked(.test, other), asked(.test, augmented: true)]
      .enumerated()
    {
      let alone = try await scoring(itemModel()).scores(
        users: [1, 0], of: [list], modes: [RankingMode.listwise, .pointwise])
      #expect(together[index] == alone[0])
    }
    // The sequential task shows more at test: other prompts.
    let sequential = itemModel()
    _ = try await scoring(sequential, .sequential).scores(
      users: [0], of: [asked(.validation), asked(.test)], modes: [.listwise])
    #expect(sequential.queries.count == 2)
  }

  @Test func `scores stand beside the candidates, 0 where a list has ended`() async throws {
    let (listwise, pointwise) = (RankingMode.listwise, RankingMode.pointwise)
    // The odds of yes against no: −1 − (−3).
    let expected: [RankingMode: [[Float]]] = [
      listwise: [[5, 8, 6], [9, 7, 0], [0, 0, 0]], pointwise: [[2, 2, 2], [2, 2, 0], [0, 0, 0]],
    ]
    for modes in [[listwise], [pointwise], [listwise, pointwise], [pointwise, listwise]] {
      let scores = try await scoring(itemModel()).scores(
        users: 0..<3, of: [asked(.validation, augmented: true)], modes: modes)
      #expect(scores == [modes.map { expected[$0] }])
    }
    let some = try await scoring(itemModel()).scores(
      users: [1], of: [asked(.test)], modes: [.listwise])
    #expect(some == [[[[9, 7, 0]]]])
  }

  @Test func `what needs log-probabilities is refused where only an order comes`() async throws {
    let order = ScriptedModel(capabilities: .init(hasLogProbabilities: false)) { query in
      query.branches.map { $0.answers.indices.map { -Float($0) } }
    }
    func scores(_ mode: RankingMode) async throws -> [[[[Float]]]] {
      try await scoring(order).scores(users: [0], of: [asked(.test)], modes: [mode])
    }
    #expect(try await scores(.listwise) == [[[[0, -1, -2]]]])
    await #expect(throws: UnsupportedByModel.self) { try await scores(.pointwise) }
    await #expect(throws: UnsupportedByModel.self) {
      try await scoring(order, .rating).ratings(users: [0], items: [5], estimates: nil)
    }
    #expect(order.queries.count == 1)
  }

  @Test func `a rating is the expectation over the scale`() async throws {
    let model = ScriptedModel { query in
      // Not normalised: only the shares count, (1 · 0.1 + 2 · 0.2 + 3.5 · 0.1) / 0.4.
      query.branches.map { _ in [0.1, 0.2, 0.1].map { log($0) - 40 } }
    }
    let ratings = try await scoring(model, .rating).ratings(
      users: 0..<3, items: [5, -1, 6], estimates: [3, 3, 1.4])
    #expect(abs(ratings[0] - 2.125) < 1e-5)
    #expect(ratings[1] == 0)
    #expect(abs(ratings[2] - 2.125) < 1e-5)
    #expect(model.queries.count == 2)
    #expect(
      model.queries[1].prompt == .text("ratings:") + .text(" recommender expects 1.4:") + .items(6))
    let certain = ScriptedModel(answer: { $0 == .text(" 3.5") ? 0 : -.infinity })
    #expect(
      try await scoring(certain, .rating).ratings(users: 0..<1, items: [5, -1, -1], estimates: nil)
        == [3.5])
  }

  // MARK: Tuning

  private func judge(_ predictions: Predictions, users: [Bool]) -> TuningJudge {
    TuningJudge(
      predictions: predictions, validation: validation,
      writer: writer, users: users)
  }

  @Test func `tuning is judged by the rank of the validation item among the candidates`()
    async throws
  {
    var predictions = Predictions(task: .direct, candidates: 3, userEmbeddings: embeddings)
    predictions.validationItems = [5, 8, 6, 7, 3, -1, -1, -1, -1]
    // User 0's item 8 is the likeliest; the backbone missed user 1's; user 2 has none.
    let liked = try await judge(predictions, users: [true, true, true]).judgement(of: itemModel())
      .mean
    #expect(liked == 0.5)
    // Of equals the earlier candidate stands first: rank 1.
    let equal = ScriptedModel(answer: { _ in 0 })
    let second = try await judge(predictions, users: [true, false, false]).judgement(of: equal).mean
    #expect(second == ndcg(rank: 1, at: 10))
    #expect(
      try await judge(predictions, users: [false, true, true]).judgement(of: equal).mean == 0)
    #expect(
      try await judge(predictions, users: [false, false, true]).judgement(of: equal).mean == 0)
  }

  @Test func `tuning for ratings is judged by the error of validation ratings`() async throws {
    var predictions = Predictions(task: .rating, candidates: 0, userEmbeddings: embeddings)
    predictions.validationRatings = [1, 1, 0]
    // Always says 1: off by 1 and by 2.5.
    let one = ScriptedModel(answer: { $0 == .text(" 1") ? 0 : -.infinity })
    let metric = try await judge(predictions, users: [true, true, true]).judgement(of: one).mean
    #expect(abs(metric - Float((1 + 6.25) / 2).squareRoot()) < 1e-6)
  }
}
