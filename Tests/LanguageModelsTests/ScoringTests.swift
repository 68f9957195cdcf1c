import Foundation
import Foundations
import LanguageModels
import Tensors
import Testing

/// Scores of branches that share a prompt, against each full sequence computed alone.
@Suite struct ScoringTests {
  private static let tokenizer = byteTokenizer(words: [" yes", " no"], titles: 9)
  private static let model = EmbeddedLanguageModel(
    model: tinyModel(tokenizer), tokenizer: tokenizer, identity: "tiny")

  /// Matrix products of other sizes sum in another order: a few ulps of a log-probability of about 8.
  private static let tolerance: Float = 1e-5

  /// log P(answer | prompt, context), one token at a time, each from its full sequence alone.
  private func alone(_ prompt: Prompt, _ answer: Prompt) async throws -> Float {
    var total: Float = 0
    var read = prompt
    // Without merges a text's tokens are its characters' tokens.
    let tokens = answer.segments.flatMap { segment -> [Prompt.Segment] in
      guard case .text(let text) = segment, !Self.tokenizer.words.contains(text) else {
        return [segment]
      }
      return text.map { .text(String($0)) }
    }
    for token in tokens {
      let query = ScoringQuery(prompt: read, branches: [.init(answers: [Prompt([token])])])
      total += try await Self.model.score([query])[0][0][0]
      read.segments.append(token)
    }
    return total
  }

  private func expectAlone(_ queries: [ScoringQuery]) async throws {
    for (query, scores) in zip(queries, try await Self.model.score(queries)) {
      #expect(scores.map(\.count) == query.branches.map(\.answers.count))
      for (branch, scores) in zip(query.branches, scores) {
        for (answer, score) in zip(branch.answers, scores) {
          let expected = try await alone(query.prompt + branch.context, answer)
          #expect(abs(score - expected) <= Self.tolerance, "\(branch.context) \(answer)")
        }
      }
    }
  }

  @Test func `single-token answers after contexts`() async throws {
    let answers = [Prompt.text(" yes"), .text(" no")]
    try await expectAlone([
      ScoringQuery(
        prompt: .text("history:") + .items(1, 2, 3),
        branches: [
          .init(context: .text(" next:") + .items(4), answers: answers),
          .init(context: .items(5), answers: answers),
        ])
    ])
  }

  @Test func `answers of several tokens`() async throws {
    try await expectAlone([
      ScoringQuery(
        prompt: .items(8, 0),
        branches: [
          .init(answers: [.text("abc"), .text("a"), .text("abd"), .items(2)]),
          .init(context: .text("x:"), answers: [.text("drama"), .items(1, 7), .text("b")]),
        ])
    ])
  }

  @Test func `empty prompts, empty contexts, and branches without answers`() async throws {
    try await expectAlone([
      ScoringQuery(
        prompt: Prompt(),
        branches: [
          .init(answers: [.items(3), .items(4)]), .init(answers: []), .init(answers: [.text("hi")]),
        ]),
      ScoringQuery(prompt: .items(3), branches: []),
    ])
    #expect(try await Self.model.score([]).isEmpty)
  }

  /// Queries of other lengths, with branches of every kind.
  private static func queries(_ count: Int) -> [ScoringQuery] {
    var random = SeededRandom(seed: 2)
    return (0..<count).map { index in
      ScoringQuery(
        prompt: Prompt((0...index % 7).map { _ in .item(Int32(random.below(9))) }),
        branches: [
          .init(answers: [.items(1), .text("no")]), .init(answers: [.text(" no")]),
          .init(context: .items(Int32(random.below(9))), answers: [.text(" yes"), .text(" no")]),
        ])
    }
  }

  @Test func `a query has the same scores, bit for bit, alone and among others`() async throws {
    let queries = Self.queries(37)
    let together = try await Self.model.score(queries)
    let backwards = try await Self.model.score(queries.reversed())
    let lists = try await Self.model.rank(
      queries.map { CatalogueQuery(prompt: $0.prompt) }, count: 9)
    for (index, query) in queries.enumerated() {
      #expect(try await Self.model.score([query]) == [together[index]])
      #expect(backwards[queries.count - 1 - index] == together[index])
      let place = try #require(lists[index].items.firstIndex(of: 1))
      #expect(lists[index].logProbabilities[place] == together[index][0][0])
      #expect(
        try await Self.model.rank([CatalogueQuery(prompt: query.prompt)], count: 9)
          == [lists[index]])
    }
  }

  @Test func `answers are handed over one by one, and an error of the reader ends the asking`()
    async throws
  {
    struct Enough: Error {}
    var seen: [Int] = []
    await #expect(throws: Enough.self) {
      try await Self.model.score(Self.queries(20)) { index, _ in
        seen.append(index)
        if seen.count == 3 { throw Enough() }
      }
    }
    #expect(seen == [0, 1, 2])
  }

  @Test func `lists are the best items without the excluded ones`() async throws {
    let prompt = Prompt.items(3, 1)
    let scores = Array(try await Self.model.itemLogProbabilities([prompt])[row: 0])
    let excluded: [Int32] = [7, 2, 2, 0]
    let expected = (0..<Int32(9)).filter { !excluded.contains($0) }
      .sorted { scores[Int($0)] > scores[Int($1)] }
    for count in [0, 1, 4, 99] {
      let list = try await Self.model.rank(
        [CatalogueQuery(prompt: prompt, excluded: excluded)], count: count)[0]
      #expect(list.items == Array(expected.prefix(count)))
      #expect(list.logProbabilities == list.items.map { scores[Int($0)] })
    }
  }

  @Test func `the probabilities of different continuations sum to less than one`() async throws {
    let words = [Prompt.text(" yes"), .text(" no")]
    let items = (0..<9).map { Prompt.items($0) }
    let bytes = (0..<128).map { Prompt.text(String(UnicodeScalar(UInt8($0)))) }
    let scores = try await Self.model.score([
      ScoringQuery(prompt: .items(1, 5), branches: [.init(answers: words + items + bytes)])
    ])[0][0]
    let sum = scores.reduce(0) { $0 + expf($1) }
    // The marks and the 128 bytes above ASCII are no text of their own.
    #expect(sum < 1)
    #expect(sum > 0.2)
    #expect(scores.allSatisfy { $0 < 0 && $0 > -40 })
  }

  @Test func `a prompt that is too long loses its beginning`() async throws {
    let tokenizer = Self.tokenizer
    let short = EmbeddedLanguageModel(
      model: tinyModel(tokenizer, contextLength: 5), tokenizer: tokenizer, identity: "short")
    let cut = try await short.itemLogProbabilities([.items(1, 2, 3, 4, 5, 6)])
    #expect(try await short.itemLogProbabilities([.items(3, 4, 5, 6)]) == cut)
    #expect(try await short.itemLogProbabilities([.items(2, 4, 5, 6)]) != cut)
  }
}
