public import Datasets
import Evaluation
public import LanguageModels
internal import Tensors

/// The best items of each user by the language model alone, from plain prompts (paper baseline
/// "language model alone").
///
/// - Parameters:
///   - model: Ranks all items of the catalogue.
///   - known: What each user is known to have; never listed.
///   - shown: What each user's prompt shows, oldest first.
///   - templates: The wording.
///   - count: Length of the lists, k.
/// - Returns: For each user the items, best first, and their log-probabilities.
public func fullRanking(
  of model: EmbeddedLanguageModel, known: [ArraySlice<Int32>], shown: [ArraySlice<Int32>],
  templates: PromptTemplates, count: Int
) -> [(items: [Int32], scores: [Float])] {
  let scores = model.itemLogProbabilities(shown.map { templates.ranking(history: $0) })
  return known.enumerated().map { row, items in
    var values = Array(scores[row: row])
    for item in items { values[Int(item)] = -.infinity }
    let best = topK(values.span, k: min(count, values.count))
    let listed = best.scores.prefix { $0 > -.infinity }.count
    return (Array(best.items.prefix(listed)), Array(best.scores.prefix(listed)))
  }
}

/// Mean NDCG@10 of the language model alone, ranking all items but the training ones.
///
/// - Parameters:
///   - model: The model.
///   - templates: The wording.
///   - train: Shown, and not listed.
///   - targets: One item a user, −1 for none.
///   - users: Which users count, one flag each.
/// - Returns: 0 when nobody counts.
public func fullRankingNDCG(
  of model: EmbeddedLanguageModel, templates: PromptTemplates, train: Histories,
  targets: Targets, users: [Bool]
) -> Float {
  let counted = (0..<train.userCount).filter { users[$0] && targets.items[$0] >= 0 }
  var total: Float = 0
  for start in stride(from: 0, to: counted.count, by: 64) {
    let block = counted[start..<min(start + 64, counted.count)]
    let histories = block.map { train.items(of: $0) }
    let lists = fullRanking(
      of: model, known: histories, shown: histories, templates: templates, count: 10)
    for (user, list) in zip(block, lists) {
      total += ndcg(rank: list.items.firstIndex(of: targets.items[user]), at: 10)
    }
  }
  return counted.isEmpty ? 0 : total / Float(counted.count)
}
