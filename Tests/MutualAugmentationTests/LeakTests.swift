import Datasets
import Evaluation
import Foundations
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import Tensors
import TestSupport
import Testing

/// Items 0 to 9 are in training histories; 10 + u is user u's validation item, 20 + u the test item,
/// and nobody else has them: wherever one is named, it leaked.
@Suite struct LeakTests {
  private let users = 5
  private let train = histories(
    (0..<5).map { user in (0..<4).map { Int32((2 * user + $0) % 10) } },
    ratings: (0..<5).map { user in (0..<4).map { Float(1 + (user + $0) % 5) } }, itemCount: 30)
  private let validation = targets((10..<15).map { $0 }, ratings: [5, 5, 5, 5, 5])
  private let test = targets((20..<25).map { $0 }, ratings: [5, 5, 5, 5, 5])
  private let templates = PromptTemplates(ratingScale: [1, 2, 3, 4, 5])

  /// Lists that name every held-out item as a candidate.
  private func predictions(_ task: RecommendationTask) -> Predictions {
    var random = SeededRandom(seed: 4)
    let embeddings = Matrix.normal(rows: 5, columns: 3, deviation: 1, using: &random)
    let length = task == .rating ? 0 : 3
    var result = Predictions(task: task, candidates: length, userEmbeddings: embeddings)
    var fold = FoldPredictions(
      users: (0..<5).map { $0 }, positions: [3, 3, 3, 3, 3], userEmbeddings: embeddings)
    if task == .rating {
      result.validationRatings = [3, 3, 3, 3, 3]
      result.testRatings = [3, 3, 3, 3, 3]
      fold.ratings = [3, 3, 3, 3, 3]
    } else {
      result.validationItems = [10, 20, 11, 11, 21, 12, 12, 22, 13, 13, 23, 14, 14, 24, 10]
      result.testItems = [20, 10, 21, 21, 11, 22, 22, 12, 23, 23, 13, 24, 24, 14, 20]
      fold.items = result.testItems
    }
    result.fold = fold
    return result
  }

  private func writer(_ predictions: Predictions) -> PromptWriter {
    PromptWriter(templates: templates, train: train, userEmbeddings: predictions.userEmbeddings)
  }

  private func recorder() -> ScriptedModel { ScriptedModel(answer: { _ in 0 }) }

  /// The held-out items that a prompt names outside the backbone's list.
  private func heldOut(_ prompt: Prompt) -> [Int32] {
    prompt.removing(itemsAfter: " recommender:").items.filter { $0 >= 10 }
  }

  @Test(arguments: [RecommendationTask.direct, .sequential], Moment.allCases)
  func `ranking prompts name no target outside the candidates`(
    task: RecommendationTask, moment: Moment
  ) async throws {
    let predictions = predictions(task)
    let model = recorder()
    let scoring = CandidateScoring(
      model: model, writer: writer(predictions), validation: validation, task: task)
    for hints in [nil, writer(predictions)] {
      let lists = CandidateLists(
        at: moment, items: moment == .test ? predictions.testItems : predictions.validationItems,
        length: 3, hints: hints)
      _ = try await scoring.scores(
        users: 0..<users, of: [lists], modes: [RankingMode.listwise, .pointwise])
    }
    #expect(model.queries.count == 2 * users)
    for (index, query) in model.queries.enumerated() {
      let user = Int32(index % users)
      let allowed = task == .sequential && moment == .test ? [10 + user] : []
      #expect(heldOut(query.prompt) == allowed)
      #expect(!query.prompt.items.isEmpty)
      for branch in query.branches {
        #expect(branch.context.items.count <= 1)
        #expect(branch.answers.allSatisfy { $0.items.count <= 1 })
      }
    }
  }

  @Test(arguments: Moment.allCases)
  func `rating prompts name the item asked, last, and no other target`(moment: Moment) async throws
  {
    let predictions = predictions(.rating)
    let model = recorder()
    let scoring = CandidateScoring(
      model: model, writer: writer(predictions), validation: validation, task: .rating)
    let asked = (moment == .test ? test : validation).items
    for estimates in [nil, predictions.testRatings] {
      _ = try await scoring.ratings(users: 0..<users, items: asked, estimates: estimates)
    }
    #expect(model.queries.count == 2 * users)
    for (index, query) in model.queries.enumerated() {
      #expect(query.prompt.segments.last == .item(asked[index % users]))
      #expect(heldOut(Prompt(query.prompt.segments.dropLast())).isEmpty)
      #expect(query.branches == [.init(answers: templates.ratingAnswers)])
    }
  }

  @Test(arguments: RecommendationTask.allCases)
  func `the instruction set asks for training interactions only`(task: RecommendationTask) throws {
    let predictions = predictions(task)
    let set = try #require(
      InstructionSet(templates: templates, train: train, predictions: predictions))
    var random = SeededRandom(seed: 1)
    let instructions = set.instructions(limit: .max, using: &random)
    #expect(instructions.count == (task == .rating ? 2 : 6) * users)
    for instruction in instructions {
      var prompt = instruction.prompt
      // The candidate of a pointwise question is the backbone's or the training item.
      if instruction.kind == .pointwise { prompt.segments.removeLast() }
      #expect(heldOut(prompt).isEmpty)
      #expect(instruction.answer.items.allSatisfy { $0 < 10 })
    }
  }

  @Test(arguments: RecommendationTask.allCases)
  func `judging a model under training shows it no target`(task: RecommendationTask) async throws {
    let predictions = predictions(task)
    let model = recorder()
    _ = try await TuningJudge(
      predictions: predictions, validation: validation, writer: writer(predictions),
      users: [true, true, true, true, true]
    ).judgement(of: model)
    // Every user is asked in plain prompts and in augmented ones.
    #expect(model.queries.count == 2 * users)
    for (index, query) in model.queries.enumerated() where task == .rating {
      #expect(heldOut(query.prompt) == [validation.items[index % users]])
    }
    #expect(task == .rating || model.queries.allSatisfy { heldOut($0.prompt).isEmpty })
  }
}
