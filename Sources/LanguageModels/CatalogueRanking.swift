/// One prompt whose answer is an item, and the items that are no answer.
public struct CatalogueQuery: Sendable, Equatable {
  public var prompt: Prompt
  /// Items never to be listed, in any order.
  public var excluded: [Int32]

  public init(prompt: Prompt, excluded: [Int32] = []) {
    self.prompt = prompt
    self.excluded = excluded
  }
}

/// Items of the catalogue, best first, and log P(item | prompt) of each in nats.
public struct RankedItems: Sendable, Equatable {
  public var items: [Int32]
  public var logProbabilities: [Float]

  public init(items: [Int32], logProbabilities: [Float]) {
    self.items = items
    self.logProbabilities = logProbabilities
  }
}

/// A language model that can rank the whole catalogue, not only the items it is shown.
public protocol CatalogueRanking: LanguageModel {
  /// The best items after each prompt; of equals the lower item first.
  ///
  /// A query's list is the same, bit for bit, whichever others it is asked with. No more than one prompt's
  /// scores of the catalogue are held at a time.
  ///
  /// - Parameters:
  ///   - queries: Prompts with the items to leave out.
  ///   - count: Length of the lists, k; they are shorter where fewer items are left.
  ///   - each: Gets each query's position and its list once, as soon as it is known, in any order.
  /// - Throws: What the provider throws, and what `each` throws.
  func rank(
    _ queries: [CatalogueQuery], count: Int,
    each: (_ query: Int, _ list: RankedItems) throws -> Void
  ) async throws
}

extension CatalogueRanking {
  /// All lists at once, in the order of the queries.
  ///
  /// Throws what `rank(_:count:each:)` throws.
  public func rank(_ queries: [CatalogueQuery], count: Int) async throws -> [RankedItems] {
    var lists = [RankedItems](
      repeating: RankedItems(items: [], logProbabilities: []), count: queries.count)
    try await rank(queries, count: count) { lists[$0] = $1 }
    return lists
  }
}

extension LanguageModel {
  /// The model as one that ranks the catalogue.
  ///
  /// Throws `UnsupportedByModel` where it cannot.
  public func rankingCatalogue() throws(UnsupportedByModel) -> any CatalogueRanking {
    guard let model = self as? any CatalogueRanking else {
      throw UnsupportedByModel(
        identity: identity, found: "a model that scores what it is shown",
        needed: "one that ranks the whole catalogue")
    }
    return model
  }
}
