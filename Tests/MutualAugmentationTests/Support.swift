import Datasets
import LanguageModels
import Prompts
import Synchronization
import Tensors
import TestSupport

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

/// A language model that answers by a script, and keeps what it was asked.
final class ScriptedModel: LanguageModel {
  let identity = "scripted"
  let capabilities: LanguageModelCapabilities
  private let script: @Sendable (ScoringQuery) -> [[Float]]
  private let asked = Mutex<[ScoringQuery]>([])

  init(
    capabilities: LanguageModelCapabilities = .init(),
    _ script: @escaping @Sendable (ScoringQuery) -> [[Float]]
  ) {
    self.capabilities = capabilities
    self.script = script
  }

  /// Scores every answer by itself.
  convenience init(answer: @escaping @Sendable (Prompt) -> Float) {
    self.init { query in query.branches.map { $0.answers.map(answer) } }
  }

  var queries: [ScoringQuery] { asked.withLock { $0 } }

  /// Keeps the questions in their order, and answers the last one first.
  func score(_ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void) async throws {
    asked.withLock { $0 += queries }
    for (index, query) in queries.enumerated().reversed() { try each(index, script(query)) }
  }
}

/// A language model with one score for each item, whatever it reads.
final class ItemModel: CatalogueRanking {
  let identity = "items"
  private let scores: [Float]
  private let asked = Mutex<[CatalogueQuery]>([])
  private let scored = Mutex<[ScoringQuery]>([])

  init(_ scores: [Float]) { self.scores = scores }

  var ranked: [CatalogueQuery] { asked.withLock { $0 } }
  var queries: [ScoringQuery] { scored.withLock { $0 } }

  func score(_ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void) async throws {
    scored.withLock { $0 += queries }
    for (index, query) in queries.enumerated().reversed() {
      try each(
        index,
        query.branches.map { $0.answers.map { $0.items.first.map { scores[Int($0)] } ?? 0 } })
    }
  }

  func rank(
    _ queries: [CatalogueQuery], count: Int, each: (Int, RankedItems) throws -> Void
  ) async throws {
    asked.withLock { $0 += queries }
    for (index, query) in queries.enumerated().reversed() {
      let items = (0..<Int32(scores.count)).filter { !query.excluded.contains($0) }
        .sorted { (scores[Int($0)], $1) > (scores[Int($1)], $0) }.prefix(count)
      try each(
        index,
        RankedItems(items: Array(items), logProbabilities: items.map { scores[Int($0)] }))
    }
  }
}

extension Prompt {
  /// All items mentioned.
  var items: [Int32] {
    segments.compactMap { if case .item(let item) = $0 { item } else { nil } }
  }

  /// The prompt without the items that follow a text.
  func removing(itemsAfter text: String) -> Prompt {
    guard let start = segments.firstIndex(of: .text(text)) else { return self }
    let rest = segments[(start + 1)...].drop { if case .item = $0 { true } else { false } }
    return Prompt(Array(segments[..<start] + rest))
  }
}
