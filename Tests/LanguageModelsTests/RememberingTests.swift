import LanguageModels
import Synchronization
import Testing

/// Answers in memory.
private final class Memory: Sendable {
  private let answers = Mutex<[String: [Float]]>([:])

  var keys: Set<String> { answers.withLock { Set($0.keys) } }

  /// Keeps one number too few of every answer, as a torn file would.
  func damage() { answers.withLock { $0 = $0.mapValues { Array($0.dropLast()) } } }

  func remembering(_ model: CountingModel) -> RememberingLanguageModel<CountingModel> {
    RememberingLanguageModel(
      model, recall: { key in self.answers.withLock { $0[key] } },
      remember: { key, values in self.answers.withLock { $0[key] = values } })
  }
}

@Suite struct RememberingTests {
  private func query(
    _ prompt: Prompt, context: Prompt = Prompt(), answers: [Prompt] = [.items(1), .items(2, 3)]
  ) -> ScoringQuery {
    ScoringQuery(
      prompt: prompt,
      branches: [.init(context: context, answers: answers), .init(answers: answers)]
    )
  }

  @Test func `only what is not remembered is asked, and all answers come in order`() throws {
    let memory = Memory()
    let model = CountingModel()
    let (a, b, c) = (query(.items(1)), query(.items(1, 2)), query(.text("x")))
    #expect(try memory.remembering(model).score([b]) == model.score([b]))
    #expect(try memory.remembering(model).score([a, b, c]) == model.score([a, b, c]))
    let rerun = CountingModel()
    #expect(try memory.remembering(rerun).score([c, b, a]) == model.score([c, b, a]))
    #expect(rerun.queries.isEmpty)
  }

  @Test func `a first run asks each query once`() throws {
    let model = CountingModel()
    let remembering = Memory().remembering(model)
    _ = try remembering.score([query(.items(1))])
    _ = try remembering.score([query(.items(1)), query(.items(2))])
    #expect(model.queries == [query(.items(1)), query(.items(2))])
  }

  @Test func `another model, prompt, context or answer is another key`() throws {
    let memory = Memory()
    let answers = [Prompt.items(1), .items(2, 3)]
    let queries = [
      query(.items(1)), query(.items(1, 1)), query(.text("1")), query(Prompt()),
      query(.items(1), context: .items(4)), query(.items(1), answers: answers.reversed()),
      query(.items(1), answers: [.items(1, 2, 3)]),
      // One branch with all answers is not two branches.
      ScoringQuery(prompt: .items(1), branches: [.init(answers: answers + answers)]),
      ScoringQuery(prompt: .items(1, 4), branches: query(.items(1)).branches),
    ]
    _ = try memory.remembering(CountingModel()).score(queries)
    #expect(memory.keys.count == queries.count)
    _ = try memory.remembering(CountingModel(identity: "tuned")).score(queries)
    #expect(memory.keys.count == 2 * queries.count)
  }

  @Test func `an answer of the wrong length is asked again`() throws {
    let memory = Memory()
    _ = try memory.remembering(CountingModel()).score([query(.items(1))])
    memory.damage()
    let model = CountingModel()
    #expect(try memory.remembering(model).score([query(.items(1))])[0].map(\.count) == [2, 2])
    #expect(model.queries.count == 1)
  }
}
