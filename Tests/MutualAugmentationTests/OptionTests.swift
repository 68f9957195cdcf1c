import Evaluation
import LanguageModels
import MutualAugmentation
import Prompts
import Tensors
import TestSupport
import Testing

/// Candidates as lettered options.
@Suite struct OptionTests {
  private static let items = 60
  /// How much the model likes each item, in no order.
  private static let liking = (0..<items).map { Float($0 * 37 % items) / 10 }

  /// A model that likes items, and also what stands late.
  private static func model(mostAnswers: Int? = nil) -> ScriptedModel {
    ScriptedModel(capabilities: .init(mostAnswers: mostAnswers)) { query in
      query.branches.map { branch in
        branch.context.items.enumerated().map { place, item in
          liking[Int(item)] + 3 * Float(place)
        }
      }
    }
  }

  private static func scores(
    _ model: ScriptedModel, wording: Wording, candidates: [Int32]
  ) async throws -> [Float] {
    let train = histories([[0], [1]], itemCount: items)
    let scoring = CandidateScoring(
      model: model,
      writer: PromptWriter(
        templates: PromptTemplates(wording: wording, ratingScale: [1, 2]), train: train,
        userEmbeddings: Matrix(rows: 2, columns: 1, repeating: 1)),
      validation: targets([-1, -1]), task: .direct)
    let lists = CandidateLists(
      at: .validation, items: candidates + candidates, length: candidates.count)
    return try await scoring.scores(users: [0, 1], of: [lists], modes: [.options])[0][0][1]
  }

  @Test(arguments: [nil, 2, 5, 20], [1, 2, 7, 26, 60])
  func `the order is the model's, whatever the places and the chunks`(
    mostAnswers: Int?, count: Int
  ) async throws {
    let candidates = (0..<Int32(count)).map { $0 }
    let model = Self.model(mostAnswers: mostAnswers)
    let scores = try await Self.scores(model, wording: .chat, candidates: candidates)
    for (candidate, score) in zip(candidates, scores) {
      #expect(abs(score - (Self.liking[Int(candidate)] - Self.liking[0])) < 1e-4)
    }
    let limit = min(26, mostAnswers ?? 26)
    for branch in model.queries.flatMap(\.branches) {
      #expect(branch.answers.count <= limit)
      #expect(branch.answers.count == branch.context.items.count)
      // Each option once, each with its letter.
      #expect(Set(branch.context.items).count == branch.answers.count)
    }
  }

  @Test func `each user has an order of their own, the same in every run`() async throws {
    let candidates = (0..<Int32(20)).map { $0 }
    let models = [Self.model(), Self.model()]
    for model in models {
      _ = try await Self.scores(model, wording: .chat, candidates: candidates)
    }
    #expect(models[0].queries == models[1].queries)
    let orders = models[0].queries.map { $0.branches.map(\.context.items) }
    #expect(orders[0] != orders[1])
    #expect(orders[0][0] == orders[0][1].reversed())
  }

  @Test func `a wording without options is refused before the model is asked`() async throws {
    let model = Self.model()
    await #expect(throws: UnsupportedByModel.self) {
      try await Self.scores(model, wording: .english, candidates: [0, 1])
    }
    #expect(model.queries.isEmpty)
  }
}
