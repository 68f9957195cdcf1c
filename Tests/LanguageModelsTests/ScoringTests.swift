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
  private func alone(_ prompt: Prompt, _ answer: Prompt) throws -> Float {
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
      total += try Self.model.score([query])[0][0][0]
      read.segments.append(token)
    }
    return total
  }

  private func expectAlone(_ queries: [ScoringQuery]) throws {
    for (query, scores) in zip(queries, try Self.model.score(queries)) {
      #expect(scores.map(\.count) == query.branches.map(\.answers.count))
      for (branch, scores) in zip(query.branches, scores) {
        for (answer, score) in zip(branch.answers, scores) {
          let expected = try alone(query.prompt + branch.context, answer)
          #expect(abs(score - expected) <= Self.tolerance, "\(branch.context) \(answer)")
        }
      }
    }
  }

  @Test func `single-token answers after contexts`() throws {
    let answers = [Prompt.text(" yes"), .text(" no")]
    try expectAlone([
      ScoringQuery(
        prompt: .text("history:") + .items(1, 2, 3),
        branches: [
          .init(context: .text(" next:") + .items(4), answers: answers),
          .init(context: .items(5), answers: answers),
        ])
    ])
  }

  @Test func `answers of several tokens`() throws {
    try expectAlone([
      ScoringQuery(
        prompt: .items(8, 0),
        branches: [
          .init(answers: [.text("abc"), .text("a"), .text("abd"), .items(2)]),
          .init(context: .text("x:"), answers: [.text("drama"), .items(1, 7), .text("b")]),
        ])
    ])
  }

  @Test func `empty prompts, empty contexts, and branches without answers`() throws {
    try expectAlone([
      ScoringQuery(
        prompt: Prompt(),
        branches: [
          .init(answers: [.items(3), .items(4)]), .init(answers: []), .init(answers: [.text("hi")]),
        ]),
      ScoringQuery(prompt: .items(3), branches: []),
    ])
    #expect(try Self.model.score([]).isEmpty)
  }

  @Test func `many queries together score as each alone`() throws {
    var random = SeededRandom(seed: 2)
    let queries = (0..<37).map { index in
      ScoringQuery(
        prompt: Prompt((0...index % 7).map { _ in .item(Int32(random.below(9))) }),
        branches: [.init(answers: [.items(1), .text("no")]), .init(answers: [.text(" no")])])
    }
    let together = try Self.model.score(queries)
    let lists = Self.model.itemLogProbabilities(queries.map(\.prompt))
    for (index, query) in queries.enumerated() {
      let single = try Self.model.score([query])[0]
      for (a, b) in zip(together[index].joined(), single.joined()) {
        #expect(abs(a - b) <= Self.tolerance)
      }
      #expect(abs(lists[index, 1] - single[0][0]) <= Self.tolerance)
    }
  }

  @Test func `the probabilities of different continuations sum to less than one`() throws {
    let words = [Prompt.text(" yes"), .text(" no")]
    let items = (0..<9).map { Prompt.items($0) }
    let bytes = (0..<128).map { Prompt.text(String(UnicodeScalar(UInt8($0)))) }
    let scores = try Self.model.score([
      ScoringQuery(prompt: .items(1, 5), branches: [.init(answers: words + items + bytes)])
    ])[0][0]
    let sum = scores.reduce(0) { $0 + expf($1) }
    // The marks and the 128 bytes above ASCII are no text of their own.
    #expect(sum < 1)
    #expect(sum > 0.2)
    #expect(scores.allSatisfy { $0 < 0 && $0 > -40 })
  }

  @Test func `a prompt that is too long loses its beginning`() {
    let tokenizer = Self.tokenizer
    let short = EmbeddedLanguageModel(
      model: tinyModel(tokenizer, contextLength: 5), tokenizer: tokenizer, identity: "short")
    #expect(
      short.itemLogProbabilities([.items(1, 2, 3, 4, 5, 6)])
        == short.itemLogProbabilities([.items(3, 4, 5, 6)]))
    #expect(
      short.itemLogProbabilities([.items(2, 4, 5, 6)])
        != short.itemLogProbabilities([.items(3, 4, 5, 6)]))
  }

  @Test func `greedy choice takes the most likely answer, the first of equals`() throws {
    let prompt = Prompt.items(2)
    let choices = (0..<9).map { Prompt.items($0) }
    let scores = Array(Self.model.itemLogProbabilities([prompt])[row: 0])
    let (choice, logProbability) = try Self.model.complete(prompt, among: choices)
    #expect(scores.max() == scores[choice])
    #expect(logProbability == scores[choice])
    // The counting model likes long answers, and the last two alike.
    let answers = [Prompt.items(1), .items(2, 3), .items(4, 5)]
    #expect(try CountingModel().complete(prompt, among: answers).choice == 1)
  }
}
