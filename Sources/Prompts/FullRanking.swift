public import Datasets
import Evaluation
public import LanguageModels

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
/// - Throws: What the model throws.
public func fullRanking(
  of model: any CatalogueRanking, known: [ArraySlice<Int32>], shown: [ArraySlice<Int32>],
  templates: PromptTemplates, count: Int
) async throws -> [RankedItems] {
  try await model.rank(
    zip(known, shown).map {
      CatalogueQuery(
        prompt: templates.ranking(history: $1) + templates.listwiseQuestion, excluded: Array($0))
    }, count: count)
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
/// - Throws: What the model throws.
public func fullRankingNDCG(
  of model: any CatalogueRanking, templates: PromptTemplates, train: Histories,
  targets: Targets, users: [Bool]
) async throws -> Float {
  let counted = (0..<train.userCount).filter { users[$0] && targets.items[$0] >= 0 }
  let histories = counted.map { train.items(of: $0) }
  let lists = try await fullRanking(
    of: model, known: histories, shown: histories, templates: templates, count: 10)
  let total = zip(counted, lists).reduce(Float(0)) { sum, pair in
    sum + ndcg(rank: pair.1.items.firstIndex(of: targets.items[pair.0]), at: 10)
  }
  return counted.isEmpty ? 0 : total / Float(counted.count)
}
