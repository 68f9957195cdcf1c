public import Datasets
internal import Evaluation
public import LanguageModels
public import Prompts
internal import Tensors

/// Makes the lists that are delivered: both sides' candidates, blended as validation chose (method sections 6, 7
/// and 9).
public struct Recommending: Sendable {
  let choice: BlendChoice
  let mode: RankingMode
  let candidates: CandidateChoice
  /// All interactions.
  let train: Histories
  let writer: PromptWriter
  /// Items a user at most.
  let count: Int
  /// Which items may be listed.
  let allows: [Bool]
  let isRepeatable: Bool

  /// Prepares the lists.
  ///
  /// - Parameters:
  ///   - choice: How to blend.
  ///   - mode: How the language model ranks.
  ///   - candidates: Whose candidates.
  ///   - train: All interactions.
  ///   - writer: Writes prompts with the similar users of the backbone at hand.
  ///   - count: Items a user at most.
  ///   - allows: Which items may be listed, one flag an item.
  ///   - isRepeatable: Whether items that a user already has may be listed.
  public init(
    choice: BlendChoice, mode: RankingMode, candidates: CandidateChoice, train: Histories,
    writer: PromptWriter, count: Int, allows: [Bool], isRepeatable: Bool
  ) {
    precondition(allows.count == train.itemCount, "one flag an item")
    self.choice = choice
    self.mode = mode
    self.candidates = candidates
    self.train = train
    self.writer = writer
    self.count = count
    self.allows = allows
    self.isRepeatable = isRepeatable
  }

  /// The question that validation chose, under the moment before the next interaction.
  private var question: CandidateScores.Question {
    CandidateScores.Question(choice.variant, mode, .validation)
  }

  /// Every user's candidates with both sides' scores.
  ///
  /// - Parameters:
  ///   - backbone: The backbone's lists after all interactions.
  ///   - ownLength: Length of the language model's lists.
  ///   - model: Ranks the catalogue, and scores.
  ///   - progress: Works through users in blocks.
  ///   - score: The backbone's scores of given items, U × a length, −1 for none.
  /// - Returns: The full system's scores, under the moment before the next interaction.
  /// - Throws: What the model, `progress` and `score` throw.
  public func candidates(
    backbone: CandidateScores.Lists, ownLength: Int, model: any LanguageModel,
    progress: (
      _ users: Int, _ message: String, _ body: (Range<Int>) async throws -> Void
    ) async throws -> Void,
    score: ([Int32]) throws -> [Float]
  ) async throws -> CandidateScores {
    var scores = CandidateScores(task: .direct)
    var lists = backbone
    if let ranking = try? model.rankingCatalogue() {
      let own = try await ownLists(ranking, length: ownLength, progress)
      lists = try CandidateScores.Lists(
        backbone: backbone, own: own, ownLength: ownLength, score: score)
      scores.alone[question.moment] = own
      scores.aloneLength = ownLength
    }
    scores.lists[question.list] = lists

    let scoring = CandidateScoring(
      model: model, writer: writer,
      validation: Targets(
        items: [Int32](repeating: -1, count: train.userCount),
        ratings: [Float](repeating: 0, count: train.userCount)), task: .direct)
    let asked = CandidateLists(
      at: question.moment, items: lists.items, length: lists.length,
      backboneLength: lists.backboneLength, hints: choice.variant.isAugmented ? writer : nil)
    var answers: [Float] = []
    try await progress(train.userCount, "both sides' candidates") { users in
      answers += try await scoring.scores(users: users, of: [asked], modes: [mode])[0][0]
        .flatMap { $0 }
    }
    scores.answers[question] = answers
    return scores
  }

  /// The language model's own lists, U × `length`, of what may be listed.
  private func ownLists(
    _ model: any CatalogueRanking, length: Int,
    _ progress: (
      _ users: Int, _ message: String, _ body: (Range<Int>) async throws -> Void
    ) async throws -> Void
  ) async throws -> [Int32] {
    let forbidden = (0..<Int32(train.itemCount)).filter { !allows[Int($0)] }
    var own: [Int32] = []
    try await progress(train.userCount, "the language model's lists") { users in
      let queries = users.map { user in
        let history = train.items(of: user)
        return CatalogueQuery(
          prompt: writer.ranking(user: user, history: history, hints: nil)
            + writer.templates.listwiseQuestion,
          excluded: (isRepeatable ? [] : Array(history)) + forbidden)
      }
      for list in try await model.rank(queries, count: length) {
        own += list.items(paddedTo: length)
      }
    }
    return own
  }

  /// The lists of users with a history.
  ///
  /// - Parameters:
  ///   - scores: What `candidates` returned.
  ///   - users: The users' ids, [U].
  /// - Returns: One list a user.
  public func lists(_ scores: CandidateScores, users: [String]) -> [Recommendations.List] {
    guard let scored = scores.scored(question, candidates), let lists = scores.lists[question.list]
    else { preconditionFailure("the candidates are not those of the full system") }
    let own = scores.alone[question.moment] ?? []
    let interactions = (0..<train.userCount).map { train.count(of: $0) }
    let weights = choice.weights(interactions: interactions)
    let blending = ListBlending(lists: scored, interactions: interactions)
    return users.indices.map { user in
      let backbones = lists.items[user * lists.length..<(user + 1) * lists.length]
        .prefix(lists.backboneLength)
      let mine =
        own.isEmpty ? [] : own[user * scores.aloneLength..<(user + 1) * scores.aloneLength]
      let range = scored.range(of: user)
      let recommender = Array(scored.recommender[range])
      let languageModel = Array(scored.languageModel[range])
      var entries: [Recommendations.Entry] = []
      for (place, utility) in blending.ranked(
        user: user, weight: weights[user], utility: choice.utility)
      where entries.count < count && allows[Int(scored.items[place])] {
        let item = scored.items[place]
        let source: Recommendations.Source =
          switch (backbones.contains(item), mine.contains(item)) {
          case (true, true): .both
          case (true, false): .backbone
          default: .languageModel
          }
        entries.append(
          .init(
            item: item, score: utility, recommenderScore: scored.recommender[place],
            languageModelScore: scored.languageModel[place],
            recommenderRank: recommender.rank(ofPlace: place - range.lowerBound) + 1,
            languageModelRank: languageModel.rank(ofPlace: place - range.lowerBound) + 1,
            source: source))
      }
      let similar = choice.variant.isAugmented ? writer.similarUsers[user] : -1
      return Recommendations.List(
        user: users[user], entries: entries, interactions: interactions[user],
        alpha: weights[user],
        shown: Array(train.items(of: user).suffix(writer.templates.maximumHistory)),
        similar: similar < 0
          ? [] : Array(train.items(of: Int(similar)).suffix(writer.templates.maximumSimilar)),
        hints: choice.variant.isAugmented
          ? Array(backbones.filter { $0 >= 0 }.prefix(writer.templates.maximumHints)) : [])
    }
  }

  /// The fallback for users without a history: the most interacted items that may be listed, of equals the first.
  ///
  /// - Parameter users: Their ids.
  /// - Returns: One list a user.
  public func popularLists(for users: [String]) -> [Recommendations.List] {
    let frequencies = train.itemFrequencies()
    let best = frequencies.indices.filter { allows[$0] }
      .sorted { (frequencies[$0], $1) > (frequencies[$1], $0) }.prefix(count)
    let entries = best.enumerated().map { place, item in
      Recommendations.Entry(
        item: Int32(item), score: Float(frequencies[item]),
        recommenderScore: Float(frequencies[item]), languageModelScore: 0,
        recommenderRank: place + 1, source: .popular)
    }
    return users.map { Recommendations.List(user: $0, entries: entries) }
  }
}
