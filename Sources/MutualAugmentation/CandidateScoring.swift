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
  /// One question for several candidates at once, by the probabilities of their letters.
  case options
}

/// Every user's candidates at one moment, and whether the prompts carry the backbone's hints.
public struct CandidateLists: Sendable {
  public var moment: Moment
  /// U × K candidates, −1 where there is none.
  public var items: [Int32]
  /// K.
  public var length: Int
  /// How many places, from the first, are the backbone's own list, best first: its hint.
  public var backboneLength: Int
  /// Writes prompts with the similar user and the list; nil asks in plain prompts.
  public var hints: PromptWriter?

  /// Candidates that the backbone retrieved, unless only the first of them are its own.
  public init(
    at moment: Moment, items: [Int32], length: Int, backboneLength: Int? = nil,
    hints: PromptWriter? = nil
  ) {
    self.moment = moment
    self.items = items
    self.length = length
    self.backboneLength = backboneLength ?? length
    self.hints = hints
  }

  /// U.
  public var userCount: Int { length == 0 ? 0 : items.count / length }

  /// One user's candidates, each with its column.
  func candidates(of user: Int) -> [(column: Int, item: Int32)] {
    (0..<length).map { ($0, items[user * length + $0]) }.filter { $0.1 >= 0 }
  }
}

/// Lets a language model score what a backbone retrieved.
public struct CandidateScoring: Sendable {
  let model: any LanguageModel
  let writer: PromptWriter
  let validation: Targets
  let task: RecommendationTask

  /// Prepares the prompts.
  ///
  /// - Parameters:
  ///   - model: Who scores.
  ///   - writer: Writes plain prompts, and rating prompts with the hints of the backbone at hand.
  ///   - validation: Known at test to the sequential task.
  ///   - task: What is asked.
  public init(
    model: any LanguageModel, writer: PromptWriter, validation: Targets, task: RecommendationTask
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

  /// Scores several lists of several users' candidates.
  ///
  /// Lists whose prompts are the same words, such as the plain prompts over two backbones' lists, are asked
  /// about together, and each of their candidates once in each mode: a prompt is computed once.
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - lists: What is asked about them.
  ///   - modes: How to rank.
  /// - Returns: For each list and mode, and each of `users`, K scores, 0 where there is no candidate.
  /// - Throws: What the model throws; `UnsupportedByModel` for modes that need log-probabilities.
  public func scores(
    users: some Collection<Int>, of lists: [CandidateLists], modes: [RankingMode]
  ) async throws -> [[[[Float]]]] {
    if modes.contains(.pointwise) { try model.requireLogProbabilities(for: "pointwise ranking") }
    if modes.contains(.options), !writer.templates.hasOptions {
      throw UnsupportedByModel(
        identity: model.identity, found: "a wording without options",
        needed: "[question options] and [option], for the mode options")
    }
    let questions = users.enumerated().flatMap { place, user in
      self.questions(user: user, place: place, lists)
    }
    var result = lists.map { list in
      let none = [Float](repeating: 0, count: list.length)
      return modes.map { _ in [[Float]](repeating: none, count: users.count) }
    }
    try await model.score(questions.map { query($0, modes) }) { index, branches in
      let question = questions[index]
      var rest = branches[...]
      for (m, mode) in modes.enumerated() {
        let scores: [Float]
        switch mode {
        case .listwise: scores = rest.removeFirst()
        case .pointwise:
          scores = rest.prefix(question.candidates.count).map { $0[0] - $0[1] }
          rest.removeFirst(scores.count)
        case .options:
          let orders = optionOrders(question)
          scores = orders.scores(rest.prefix(orders.questions.count))
          rest.removeFirst(orders.questions.count)
        }
        for (list, places) in question.lists {
          for (column, place) in places {
            result[list][m][question.place][column] = scores[place]
          }
        }
      }
    }
    return result
  }

  /// One user's prompt and what is asked after it.
  private struct Question {
    let user: Int
    /// Where the user stands among those asked.
    let place: Int
    let prompt: Prompt
    /// Without repeats.
    private(set) var candidates: [Int32] = []
    /// The lists whose prompt it is, and where each of their columns stands in `candidates`.
    private(set) var lists: [(list: Int, places: [(column: Int, place: Int)])] = []

    init(user: Int, place: Int, prompt: Prompt) {
      self.user = user
      self.place = place
      self.prompt = prompt
    }

    mutating func add(_ items: [(column: Int, item: Int32)], of list: Int) {
      let places = items.map { column, item in
        let place = candidates.firstIndex(of: item) ?? candidates.count
        if place == candidates.count { candidates.append(item) }
        return (column, place)
      }
      lists.append((list, places))
    }
  }

  private func questions(user: Int, place: Int, _ lists: [CandidateLists]) -> [Question] {
    var questions: [Question] = []
    for (index, list) in lists.enumerated() {
      let candidates = list.candidates(of: user)
      let prompt = (list.hints ?? writer).ranking(
        user: user, history: history(of: user, at: list.moment),
        hints: list.hints == nil
          ? nil : candidates.prefix { $0.column < list.backboneLength }.map(\.item))
      var question = Question(user: user, place: place, prompt: prompt)
      let same = questions.firstIndex { $0.prompt == prompt }
      if let same { question = questions[same] }
      question.add(candidates, of: index)
      if let same { questions[same] = question } else { questions.append(question) }
    }
    return questions
  }

  /// A question's candidates as options, in an order that is the user's own.
  private func optionOrders(_ question: Question) -> OptionOrders {
    let limits = [model.capabilities.mostAnswers, model.capabilities.mostOptions]
    return OptionOrders(
      count: question.candidates.count, most: limits.compactMap { $0 }.min() ?? .max,
      seed: UInt64(question.user))
  }

  /// The modes' branches behind one another: one (listwise), or one a candidate (pointwise).
  private func query(_ question: Question, _ modes: [RankingMode]) -> ScoringQuery {
    let yesNo = writer.templates.yesNo
    return ScoringQuery(
      prompt: question.prompt,
      branches: modes.flatMap { mode -> [ScoringQuery.Branch] in
        switch mode {
        case .listwise:
          [
            .init(
              context: writer.templates.listwiseQuestion,
              answers: question.candidates.map { Prompt([.item($0)]) })
          ]
        case .pointwise:
          question.candidates.map {
            .init(context: writer.templates.candidateQuestion($0), answers: yesNo)
          }
        case .options:
          optionOrders(question).questions.map { order in
            .init(
              context: writer.templates.optionsQuestion(order.map { question.candidates[$0] }),
              answers: writer.templates.optionAnswers(order.count))
          }
        }
      })
  }

  /// Predicts ratings: the expectation over the scale, Σ r · P(r) / Σ P(r).
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - items: The item asked of each user of the data set, −1 for none.
  ///   - estimates: The backbone's ratings of each user of the data set; nil writes plain prompts.
  /// - Returns: One rating for each of `users`, 0 where nothing is asked.
  /// - Throws: What the model throws; `UnsupportedByModel` without log-probabilities.
  public func ratings(
    users: some Collection<Int>, items: [Int32], estimates: [Float]?
  ) async throws -> [Float] {
    try model.requireLogProbabilities(for: "predicted ratings")
    let asked = users.enumerated().filter { items[$0.element] >= 0 }
    let queries = asked.map { _, user in
      ScoringQuery(
        prompt: writer.rating(
          user: user, positions: writer.train.range(of: user), item: items[user],
          estimate: estimates?[user]),
        branches: [.init(answers: writer.templates.ratingAnswers)])
    }
    var result = [Float](repeating: 0, count: users.count)
    try await model.score(queries) { index, branches in
      result[asked[index].offset] = expectation(of: branches[0])
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
