import Datasets
import LanguageModels
import Prompts
import Tensors

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

/// Histories from lists, with rating 1 unless given.
func histories(
  _ lists: [[Int32]], ratings: [[Float]]? = nil, itemCount: Int
) -> Histories {
  let items = lists.flatMap { $0 }
  return Histories(
    offsets: lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }, items: items,
    ratings: ratings?.flatMap { $0 } ?? [Float](repeating: 1, count: items.count),
    times: [Int64](repeating: 0, count: items.count), itemCount: itemCount)
}

extension Prompt {
  static func items(_ items: Int32...) -> Prompt { Prompt(items.map(Segment.item)) }

  static func text(_ text: String) -> Prompt { Prompt([.text(text)]) }

  /// The items between a text and the next.
  func items(after text: String) -> [Int32]? {
    guard let start = segments.firstIndex(of: .text(text)) else { return nil }
    return segments[(start + 1)...].prefix { if case .item = $0 { true } else { false } }
      .compactMap { if case .item(let item) = $0 { item } else { nil } }
  }
}

/// A small random language model of some titles.
func tinyModel(words: [String], titles: Int) -> some TunableModel & CatalogueRanking {
  _ = oneThread
  return makeTitleLlama(
    TitleVocabulary(
      texts: [], words: words, descriptions: (0..<titles).map { "title \($0)" }),
    merges: 0, seed: 6
  ) { LlamaConfiguration(vocabularySize: $0, hiddenSize: 8, intermediateSize: 12, layers: 1) }
}
