import Datasets
import Evaluation
import Foundation
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import Tensors
import Testing

@Suite struct CandidateScoringTests {
  private let train = histories(
    [[0, 1, 2], [3, 4], []], ratings: [[1, 2, 3.5], [2, 1], []], itemCount: 12)
  private let validation = targets([8, 9, -1], ratings: [2, 3.5, 0])
  private let lists: [Int32] = [5, 8, 6, 9, 7, -1, -1, -1, -1]
  /// Users 0 and 1 are similar to each other.
  private let embeddings = Matrix(rows: 3, columns: 2, values: [1, 0, 1, 1, 0, 0])

  private func scoring(
    _ model: ScriptedModel, _ task: RecommendationTask = .direct
  ) -> CandidateScoring<ScriptedModel> {
    CandidateScoring(
      model: model,
      writer: PromptWriter(
        templates: PromptTemplates(ratingScale: [1, 2, 3.5]), train: train,
        userEmbeddings: embeddings), validation: validation, task: task)
  }

  /// Likes high item numbers.
  private func itemModel() -> ScriptedModel {
    ScriptedModel(answer: { $0.items.first.map { Float($0) } ?? ($0 == .text(" yes") ? -1 : -3) })
  }

  @Test func `listwise is one question, pointwise one for each candidate`() {
    let scoring = scoring(itemModel())
    let plain = Prompt.text("history:") + .items(0, 1, 2)
    #expect(
      scoring.query(user: 0, candidates: [5, 8], at: .test, mode: .listwise, augmented: false)
        == ScoringQuery(prompt: plain, branches: [.init(answers: [.items(5), .items(8)])]))
    #expect(
      scoring.query(user: 0, candidates: [5, 8], at: .test, mode: .pointwise, augmented: true)
        == ScoringQuery(
          prompt: .text(" similar user:") + .items(3, 4) + .text(" recommender:") + .items(5, 8)
            + .text(" history:") + .items(0, 1, 2),
          branches: [
            .init(context: .text(" next:") + .items(5), answers: PromptTemplates.yesNo),
            .init(context: .text(" next:") + .items(8), answers: PromptTemplates.yesNo),
          ]))
  }

  @Test(arguments: [Moment.validation, .test])
  func `only the sequential task at test shows the validation item`(moment: Moment) {
    for task in RecommendationTask.allCases {
      let shown = Array(scoring(itemModel(), task).history(of: 0, at: moment))
      #expect(shown == (task == .sequential && moment == .test ? [0, 1, 2, 8] : [0, 1, 2]))
      #expect(scoring(itemModel(), task).history(of: 2, at: moment).isEmpty)
    }
  }

  @Test func `scores stand beside the candidates, 0 where a list has ended`() throws {
    func scores(_ model: ScriptedModel, _ mode: RankingMode) throws -> [[Float]] {
      try scoring(model).scores(
        users: 0..<3, lists: lists, length: 3, at: .validation, mode: mode, augmented: true)
    }
    #expect(try scores(itemModel(), .listwise) == [[5, 8, 6], [9, 7, 0], [0, 0, 0]])
    // The odds of yes against no: −1 − (−3).
    #expect(try scores(itemModel(), .pointwise) == [[2, 2, 2], [2, 2, 0], [0, 0, 0]])
    let some = try scoring(itemModel()).scores(
      users: 1..<2, lists: lists, length: 3, at: .test, mode: .listwise, augmented: false)
    #expect(some == [[9, 7, 0]])
  }

  @Test func `a rating is the expectation over the scale`() throws {
    let model = ScriptedModel { query in
      // Not normalised: only the shares count, (1 · 0.1 + 2 · 0.2 + 3.5 · 0.1) / 0.4.
      query.branches.map { _ in [0.1, 0.2, 0.1].map { log($0) - 40 } }
    }
    let ratings = try scoring(model, .rating).ratings(
      users: 0..<3, items: [5, -1, 6], estimates: [3, 3, 1.4])
    #expect(abs(ratings[0] - 2.125) < 1e-5)
    #expect(ratings[1] == 0)
    #expect(abs(ratings[2] - 2.125) < 1e-5)
    #expect(model.queries.count == 2)
    #expect(
      model.queries[1].prompt == .text("ratings:") + .text(" recommender expects 1.4:") + .items(6))
    let certain = ScriptedModel(answer: { $0 == .text(" 3.5") ? 0 : -.infinity })
    #expect(
      try scoring(certain, .rating).ratings(users: 0..<1, items: [5, -1, -1], estimates: nil)
        == [3.5])
  }

  // MARK: Tuning

  private func judge(_ predictions: Predictions, users: [Bool]) -> TuningJudge {
    TuningJudge(
      predictions: predictions, validation: validation,
      writer: PromptWriter(
        templates: PromptTemplates(ratingScale: [1, 2, 3.5]), train: train,
        userEmbeddings: embeddings), users: users)
  }

  @Test func `tuning is judged by the rank of the validation item among the candidates`() throws {
    var predictions = Predictions(task: .direct, candidates: 3, userEmbeddings: embeddings)
    predictions.validationItems = [5, 8, 6, 7, 3, -1, -1, -1, -1]
    // User 0's item 8 is the likeliest; the backbone missed user 1's; user 2 has none.
    let liked = try judge(predictions, users: [true, true, true]).metric(of: itemModel())
    #expect(liked == 0.5)
    // Of equals the earlier candidate stands first: rank 1.
    let equal = ScriptedModel(answer: { _ in 0 })
    let second = try judge(predictions, users: [true, false, false]).metric(of: equal)
    #expect(second == ndcg(rank: 1, at: 10))
    #expect(try judge(predictions, users: [false, true, true]).metric(of: equal) == 0)
    #expect(try judge(predictions, users: [false, false, true]).metric(of: equal) == 0)
  }

  @Test func `tuning for ratings is judged by the error of validation ratings`() throws {
    var predictions = Predictions(task: .rating, candidates: 0, userEmbeddings: embeddings)
    predictions.validationRatings = [1, 1, 0]
    // Always says 1: off by 1 and by 2.5.
    let one = ScriptedModel(answer: { $0 == .text(" 1") ? 0 : -.infinity })
    let metric = try judge(predictions, users: [true, true, true]).metric(of: one)
    #expect(abs(metric - Float((1 + 6.25) / 2).squareRoot()) < 1e-6)
  }
}
