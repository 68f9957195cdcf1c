public import Datasets
import Foundations
public import LanguageModels
public import Prompts
internal import RealModule
public import Recommenders

/// Where the pairs that the language model is asked about come from.
public enum PairSource: String, CaseIterable, Sendable {
  /// Uniformly from the items without an interaction, as published.
  case uniform
  /// Both items from the model's own first items: it is asked about items that matter to the user.
  case modelTop = "model-top"
}

/// Data augmentation of the direct task: the language model says which of two items a user prefers
/// (method section 4, equations 2 and 3).
public struct PreferenceLabelling: Sendable {
  public var source: PairSource
  /// Pairs asked for each user.
  public var pairsPerUser: Int
  /// With `modelTop`: how many of the model's first items the pairs come from.
  public var topItems: Int

  public init(source: PairSource, pairsPerUser: Int, topItems: Int) {
    self.source = source
    self.pairsPerUser = pairsPerUser
    self.topItems = topItems
  }

  /// A pair and how sure the model is, P(preferred) of the two, 0.5...1.
  public struct Label: Sendable, Equatable {
    public var user: Int32
    public var preferred: Int32
    public var other: Int32
    public var confidence: Float

    public init(user: Int32, preferred: Int32, other: Int32, confidence: Float) {
      self.user = user
      self.preferred = preferred
      self.other = other
      self.confidence = confidence
    }
  }

  /// Labels pairs of some users, from plain prompts of their training histories.
  ///
  /// The preference of a over b is P(a) / (P(a) + P(b)) by the model's probabilities of being the answer.
  /// Items that a user has interacted with are never in a pair; pairs that the draw repeats are kept once.
  /// Each user's draws have a generator of their own.
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - train: Training interactions.
  ///   - templates: The wording.
  ///   - model: Who prefers; with `modelTop` it must rank the catalogue.
  ///   - seed: Of the draws.
  /// - Returns: At most `pairsPerUser` labels a user, user by user.
  /// - Throws: What the model throws; `UnsupportedByModel` where it cannot.
  public func labels(
    of users: Range<Int>, train: Histories, templates: PromptTemplates, model: any LanguageModel,
    seed: UInt64
  ) async throws -> [Label] {
    try model.requireLogProbabilities(for: "preferred pairs")
    var labels = users.map { _ in [Label]() }
    func draw(_ place: Int, from pool: [Int32]) -> [Pair] {
      guard pool.count > 1 else { return [] }
      var random = SeededRandom(seed: seed, purpose: "labels-\(users.lowerBound + place)")
      return (0..<pairsPerUser).map { _ in
        let first = pool[random.below(pool.count)]
        return Pair(first: first, second: pool[random.below(pool.count)])
      }.filter { $0.first != $0.second }
    }
    func keep(_ place: Int, _ pairs: [Pair], _ items: [Int32], _ scores: [Float]) {
      labels[place] = label(
        user: Int32(users.lowerBound + place), pairs: pairs,
        scores: Dictionary(uniqueKeysWithValues: zip(items, scores)))
    }
    let prompts = users.map {
      templates.ranking(history: train.items(of: $0)) + templates.listwiseQuestion
    }
    switch source {
    case .modelTop:
      let queries = zip(users, prompts).map {
        CatalogueQuery(prompt: $1, excluded: Array(train.items(of: $0)))
      }
      try await model.rankingCatalogue().rank(queries, count: topItems) { place, list in
        keep(place, draw(place, from: list.items), list.items, list.logProbabilities)
      }
    case .uniform:
      let pairs = users.enumerated().map { place, user in
        let known = Set(train.items(of: user))
        return draw(place, from: (0..<Int32(train.itemCount)).filter { !known.contains($0) })
      }
      let items = pairs.map { Set($0.flatMap { [$0.first, $0.second] }).sorted() }
      let queries = zip(prompts, items).map { prompt, items in
        ScoringQuery(prompt: prompt, branches: [.init(answers: items.map { Prompt([.item($0)]) })])
      }
      try await model.score(queries) { place, scores in
        keep(place, pairs[place], items[place], scores[0])
      }
    }
    return labels.flatMap { $0 }
  }

  /// Two items that were drawn together.
  private struct Pair {
    let first: Int32
    let second: Int32
  }

  private func label(user: Int32, pairs: [Pair], scores: [Int32: Float]) -> [Label] {
    var seen = Set<SIMD2<Int32>>()
    return pairs.compactMap { pair in
      guard let first = scores[pair.first], let second = scores[pair.second] else { return nil }
      let prefersFirst = first >= second
      let preferred = prefersFirst ? pair.first : pair.second
      let other = prefersFirst ? pair.second : pair.first
      guard seen.insert(SIMD2(preferred, other)).inserted else { return nil }
      return Label(
        user: user, preferred: preferred, other: other,
        confidence: 1 / (1 + Float.exp(-abs(first - second))))
    }
  }
}

extension PreferenceLabelling {
  /// The triples that retraining adds: labels of at least a confidence, all with one weight.
  public static func pairs(
    from labels: [Label], minimumConfidence: Float, weight: Float
  ) -> [PreferencePair] {
    labels.filter { $0.confidence >= minimumConfidence }
      .map {
        PreferencePair(user: $0.user, preferred: $0.preferred, other: $0.other, weight: weight)
      }
  }
}
