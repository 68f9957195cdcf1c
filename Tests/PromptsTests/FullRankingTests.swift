import Artifacts
import Datasets
import LanguageModels
import Prompts
import Tensors
import TestSupport
import Testing

@Suite struct FullRankingTests {
  private let templates = PromptTemplates(ratingScale: [1, 2])
  private let model: any TunableModel & CatalogueRanking
  private let train = histories([[0, 1], [2, 3, 4], [5], []], itemCount: 8)

  init() {
    model = tinyModel(words: templates.words, titles: 8)
  }

  @Test func `lists are the best items that the user does not have`() async throws {
    let histories = (0..<4).map { train.items(of: $0) }
    let lists = try await fullRanking(
      of: model, known: histories, shown: histories, templates: templates, count: 6)
    for (user, list) in lists.enumerated() {
      let query = ScoringQuery(
        prompt: templates.ranking(history: train.items(of: user)),
        branches: [.init(answers: (0..<8).map { .items($0) })])
      let scores = try await model.score([query])[0][0]
      let expected = (0..<8).filter { !train.items(of: user).contains($0) }
        .sorted { scores[Int($0)] > scores[Int($1)] }.prefix(6)
      #expect(list.items == Array(expected))
      #expect(list.logProbabilities == expected.map { scores[Int($0)] })
    }
    #expect(lists.map(\.items.count) == [6, 5, 6, 6])
  }

  @Test func `the metric is the mean of the users that count`() async throws {
    let targets = Targets(items: [7, 6, 5, -1], ratings: [0, 0, 0, 0])
    func metric(_ users: [Bool]) async throws -> Float {
      try await fullRankingNDCG(
        of: model, templates: templates, train: train, targets: targets, users: users)
    }
    var each: [Float] = []
    for user in 0..<4 { each.append(try await metric((0..<4).map { $0 == user })) }
    #expect(each[0] > 0 && each[0] <= 1)
    // A training item is never listed; a user without a target does not count.
    #expect(each[2] == 0)
    #expect(each[3] == 0)
    let all = try await metric([true, true, true, true])
    #expect(abs(all - (each[0] + each[1]) / 3) < 1e-6)
    #expect(try await metric([false, false, false, false]) == 0)
  }

  @Test func `a written model comes back with its wording`() throws {
    let prompted = PromptedLanguageModel(model: model, templates: templates)
    let read = try PromptedLanguageModel(artifact: prompted.artifact(), identity: "read")
    #expect(read.templates == templates)
    #expect(try read.artifact() == prompted.artifact())
    #expect(read.model.identity == "read")
  }

  @Test func `a model without its wording is refused`() throws {
    var artifact = try PromptedLanguageModel(model: model, templates: templates).artifact()
    artifact.metadata["prompts"] = "[]"
    #expect(throws: ArtifactError.self) {
      try PromptedLanguageModel(artifact: artifact, identity: "")
    }
    artifact.metadata["prompts"] = nil
    #expect(throws: ArtifactError.self) {
      try PromptedLanguageModel(artifact: artifact, identity: "")
    }
  }
}
