import Datasets
import LanguageModels
import Prompts
import Tensors
import TestSupport

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

extension Prompt {
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
