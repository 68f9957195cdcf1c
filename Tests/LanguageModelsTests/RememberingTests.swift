import LanguageModels
import Synchronization
import Testing

/// Answers in memory.
private final class Memory: Sendable {
  private let answers = Mutex<[String: [Float]]>([:])

  var keys: Set<String> { answers.withLock { Set($0.keys) } }

  subscript(key: String) -> [Float]? {
    get { answers.withLock { $0[key] } }
    set { answers.withLock { $0[key] = newValue } }
  }

  /// Keeps one number too few of every answer, as a torn file would.
  func damage() { answers.withLock { $0 = $0.mapValues { Array($0.dropLast()) } } }

  func remembering(_ model: CountingModel) -> RememberingLanguageModel<CountingModel> {
    RememberingLanguageModel(
      model, recall: { self[$0] }, remember: { self[$0] = $1 })
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

  @Test func `only what is not remembered is asked, and all answers come in order`() async throws {
    let memory = Memory()
    let model = CountingModel()
    let queries = [query(.items(1)), query(.items(1, 2)), query(.text("x"))]
    let answers = try await model.score(queries)
    #expect(try await memory.remembering(model).score([queries[1]]) == [answers[1]])
    #expect(try await memory.remembering(model).score(queries) == answers)
    let rerun = CountingModel()
    #expect(try await memory.remembering(rerun).score(queries.reversed()) == answers.reversed())
    #expect(rerun.queries.isEmpty)
  }

  @Test func `a first run asks each query once`() async throws {
    let model = CountingModel()
    let remembering = Memory().remembering(model)
    _ = try await remembering.score([query(.items(1))])
    _ = try await remembering.score([query(.items(1)), query(.items(2))])
    #expect(model.queries == [query(.items(1)), query(.items(2))])
  }

  @Test func `another model, prompt, context or answer is another key`() async throws {
    let memory = Memory()
    let answers = [Prompt.items(1), .items(2, 3)]
    let queries = [
      query(.items(1)), query(.items(1, 1)), query(.text("1")), query(Prompt()),
      query(.items(1), context: .items(4)), query(.items(1), answers: answers.reversed()),
      query(.items(1), answers: [.items(1, 2, 3)]),
      // One branch with all answers is not two branches.
      ScoringQuery(prompt: .items(1), branches: [.init(answers: answers + answers)]),
      ScoringQuery(prompt: .items(1, 4), branches: query(.items(1)).branches),
      query(.text("ab")), query(.text("a") + .text("b")),
    ]
    _ = try await memory.remembering(CountingModel()).score(queries)
    #expect(memory.keys.count == queries.count)
    _ = try await memory.remembering(CountingModel(identity: "tuned")).score(queries)
    #expect(memory.keys.count == 2 * queries.count)
  }

  @Test
  func
    `an answer to words outlives a change elsewhere in the catalogue, and no change of the words`()
    async throws
  {
    let memory = Memory()
    func ask(_ names: [String]?, _ items: Int32...) async throws -> Int {
      let model = CountingModel(itemNames: names)
      let answers = items.map { Prompt([.item($0)]) }
      _ = try await memory.remembering(model).score([
        ScoringQuery(prompt: .items(items[0]), branches: [.init(answers: answers)])
      ])
      return model.queries.count
    }
    #expect(try await ask(["Heat", "Alien", "Fargo"], 0, 2) == 1)
    // A title went, another came, and the rows moved.
    #expect(try await ask(["Fargo", "Brazil", "Heat"], 2, 0) == 0)
    #expect(try await ask(["Heat", "Alien", "Fargo 2"], 0, 2) == 1)
    #expect(try await ask(nil, 0, 2) == 1)
  }

  @Test func `an answer of the wrong length is asked again`() async throws {
    let memory = Memory()
    _ = try await memory.remembering(CountingModel()).score([query(.items(1))])
    memory.damage()
    let model = CountingModel()
    let answers = try await memory.remembering(model).score([query(.items(1))])
    #expect(answers[0].map(\.count) == [2, 2])
    #expect(model.queries.count == 1)
  }

  @Test func `more answers than the model can be asked about are refused before it is asked`()
    async throws
  {
    let model = CountingModel(capabilities: .init(mostAnswers: 2))
    let memory = Memory()
    _ = try await memory.remembering(model).score([query(.items(1))])
    let three = query(.items(2), answers: [.items(1), .items(2), .items(3)])
    await #expect(
      throws: UnsupportedByModel(
        identity: "counting", found: "at most 2 answers a question", needed: "3")
    ) {
      try await memory.remembering(model).score([query(.items(4)), three])
    }
    #expect(model.queries.count == 1)
  }

  @Test func `what a model cannot do is said before it is asked`() {
    let model = CountingModel(capabilities: .init(hasLogProbabilities: false))
    #expect(throws: UnsupportedByModel.self) { try model.requireLogProbabilities(for: "ratings") }
    #expect(throws: UnsupportedByModel.self) { try model.rankingCatalogue() }
    #expect(throws: UnsupportedByModel.self) { try model.tunable() }
    let error = UnsupportedByModel(identity: "m", found: "only the order", needed: "all")
    #expect(
      "\(error)" == "language model m: found only the order, expected all; choose another model or "
        + "another setting")
  }

  // MARK: Killed between two answers

  private static let tokenizer = byteTokenizer(titles: 9)
  private static let model = EmbeddedLanguageModel(
    model: tinyModel(tokenizer), tokenizer: tokenizer, identity: "tiny")

  private struct Killed: Error {}

  /// A memory that is killed while it keeps an answer, after so many.
  private func killing(_ memory: Memory, after count: Int) -> any LanguageModel {
    RememberingLanguageModel(
      Self.model, recall: { memory[$0] },
      remember: {
        guard memory.keys.count < count else { throw Killed() }
        memory[$0] = $1
      })
  }

  @Test(arguments: 0..<5)
  func `killed between any two answers, the rest ends with the same bits`(count: Int) async throws {
    let prompts = (0..<5).map { Prompt.items(Int32($0), 8, 2) + .text("x") }
    let queries = prompts.map { query($0, context: .items(3)) }
    let lists = prompts.map { CatalogueQuery(prompt: $0, excluded: [1, 4]) }
    let scores = try await Self.model.score(queries)
    let ranked = try await Self.model.rank(lists, count: 4)
    for isRanking in [false, true] {
      let memory = Memory()
      func ask(_ model: any LanguageModel) async throws {
        if isRanking {
          #expect(try await model.rankingCatalogue().rank(lists, count: 4) == ranked)
        } else {
          #expect(try await model.score(queries) == scores)
        }
      }
      await #expect(throws: Killed.self) { try await ask(killing(memory, after: count)) }
      // What was handed over is kept, and nothing is asked twice.
      #expect(memory.keys.count == count)
      let before = memory.keys
      try await ask(killing(memory, after: 5))
      #expect(memory.keys.count == 5 && memory.keys.isSuperset(of: before))
    }
  }

  @Test func `a list of another length or without other items is another question`() async throws {
    let memory = Memory()
    let ranking = try killing(memory, after: 99).rankingCatalogue()
    for (excluded, count) in [([], 3), ([1], 3), ([1], 4)] as [([Int32], Int)] {
      let list = try await ranking.rank(
        [.init(prompt: .items(1), excluded: excluded)], count: count)
      #expect(list[0].items.count == count)
    }
    #expect(memory.keys.count == 3)
  }
}
