public import Datasets
public import Evaluation
public import LanguageModels
public import Prompts
internal import RealModule
internal import Tensors

/// How the language model ranks candidates (method section 6).
public enum RankingMode: String, CaseIterable, Sendable {
  /// One question for the whole list: the items by their probability of being the answer.
  ///
  /// Taking the most likely item, striking it out and asking again gives the same order (Plackett and
  /// Luce), so one pass suffices.
  case listwise
  /// One question a candidate, by the odds of yes against no.
  case pointwise
}

/// Lets a language model score what a backbone retrieved.
public struct CandidateScoring<Model: LanguageModel> {
  let model: Model
  let writer: PromptWriter
  let validation: Targets
  let task: RecommendationTask

  /// Prepares the prompts.
  ///
  /// - Parameters:
  ///   - model: Who scores.
  ///   - writer: Writes prompts with the similar users of the backbone at hand.
  ///   - validation: Known at test to the sequential task.
  ///   - task: What is asked.
  public init(
    model: Model, writer: PromptWriter, validation: Targets, task: RecommendationTask
  ) {
    self.model = model
    self.writer = writer
    self.validation = validation
    self.task = task
  }

  /// What the model may see of a user, as much as the backbone saw (method, rules of evaluation): the training
  /// history, and for the sequential task at test also the validation item.
  public func history(of user: Int, at moment: Moment) -> ArraySlice<Int32> {
    var items = writer.train.items(of: user)
    if task == .sequential, moment == .test, validation.items[user] >= 0 {
      items = items + [validation.items[user]]
    }
    return items
  }

  /// The ranking prompt of a user; a list of hints makes it an augmented one.
  public func rankingPrompt(user: Int, at moment: Moment, hints: [Int32]?) -> Prompt {
    writer.ranking(user: user, history: history(of: user, at: moment), hints: hints)
  }

  /// The query that scores one user's candidates.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - candidates: The backbone's list, best first, none missing.
  ///   - moment: Which list it is.
  ///   - mode: How to rank.
  ///   - augmented: Whether the prompt carries the similar user and the list.
  /// - Returns: One branch (listwise) or one branch a candidate (pointwise).
  public func query(
    user: Int, candidates: [Int32], at moment: Moment, mode: RankingMode, augmented: Bool
  ) -> ScoringQuery {
    let prompt = rankingPrompt(user: user, at: moment, hints: augmented ? candidates : nil)
    switch mode {
    case .listwise:
      return ScoringQuery(
        prompt: prompt, branches: [.init(answers: candidates.map { Prompt([.item($0)]) })])
    case .pointwise:
      return ScoringQuery(
        prompt: prompt,
        branches: candidates.map {
          .init(context: writer.templates.candidateQuestion($0), answers: PromptTemplates.yesNo)
        })
    }
  }

  /// Scores the candidates of several users.
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - lists: U × K candidates of all users, −1 where a list ends.
  ///   - length: K.
  ///   - moment: Which lists they are.
  ///   - mode: How to rank.
  ///   - augmented: Whether prompts carry the similar user and the list.
  /// - Returns: For each of `users` K scores, 0 where the list has ended.
  /// - Throws: What the model throws.
  public func scores(
    users: Range<Int>, lists: [Int32], length: Int, at moment: Moment, mode: RankingMode,
    augmented: Bool
  ) throws -> [[Float]] {
    let candidates = users.map { user in
      Array(lists[user * length..<(user + 1) * length].prefix { $0 >= 0 })
    }
    let queries = zip(users, candidates).map { user, list in
      query(user: user, candidates: list, at: moment, mode: mode, augmented: augmented)
    }
    return zip(try model.score(queries), candidates).map { branches, list in
      var scores =
        switch mode {
        case .listwise: branches[0]
        case .pointwise: branches.map { $0[0] - $0[1] }
        }
      scores += [Float](repeating: 0, count: length - list.count)
      return scores
    }
  }

  /// Predicts ratings: the expectation over the scale, Σ r · P(r) / Σ P(r).
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - items: The item asked of each user of the data set, −1 for none.
  ///   - estimates: The backbone's ratings of each user of the data set; nil writes plain prompts.
  /// - Returns: One rating for each of `users`, 0 where nothing is asked.
  /// - Throws: What the model throws.
  public func ratings(
    users: Range<Int>, items: [Int32], estimates: [Float]?
  ) throws -> [Float] {
    let asked = users.filter { items[$0] >= 0 }
    let queries = asked.map { user in
      ScoringQuery(
        prompt: writer.rating(
          user: user, positions: writer.train.range(of: user), item: items[user],
          estimate: estimates?[user]),
        branches: [.init(answers: writer.templates.ratingAnswers)])
    }
    var result = [Float](repeating: 0, count: users.count)
    for (user, branches) in zip(asked, try model.score(queries)) {
      result[user - users.lowerBound] = expectation(of: branches[0])
    }
    return result
  }

  private func expectation(of logProbabilities: [Float]) -> Float {
    let top = logProbabilities.max() ?? 0
    let weights = logProbabilities.map { Float.exp($0 - top) }
    let total = weights.reduce(0, +)
    return zip(weights, writer.templates.ratingScale).reduce(0) { $0 + $1.0 * $1.1 } / total
  }
}
