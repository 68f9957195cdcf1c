public import Artifacts
public import Evaluation
public import LanguageModels

/// What both sides say of each user's candidates, or the language model of the ratings asked: the artifact schema
/// `scores`.
///
/// U users, K candidates at most.
public struct CandidateScores: Sendable, Equatable {
  /// Candidate lists with the backbone's scores: what the backbone listed, then what only the language model did.
  public struct Lists: Sendable, Equatable {
    /// K, the length of every list.
    public var length: Int
    /// How many places, from the first, are the backbone's own list.
    public var backboneLength: Int
    /// U × K, −1 where there is no candidate; the backbone's own best first.
    public var items: [Int32]
    /// The backbone's scores: U × K, 0 where there is no candidate.
    public var recommender: [Float]

    /// The backbone's lists alone.
    public init(length: Int, items: [Int32], recommender: [Float]) {
      precondition(items.count == recommender.count, "one score a candidate")
      self.length = length
      backboneLength = length
      self.items = items
      self.recommender = recommender
    }

    /// The union of both sides' lists.
    ///
    /// - Parameters:
    ///   - backbone: The backbone's lists.
    ///   - own: The language model's, U × `ownLength`, −1 where a list ends.
    ///   - ownLength: Length of the language model's lists.
    ///   - score: The backbone's scores of given items, U × the length of their lists, −1 for none.
    /// - Throws: What `score` throws.
    public init(
      backbone: Lists, own: [Int32], ownLength: Int, score: ([Int32]) throws -> [Float]
    ) rethrows {
      let users = ownLength == 0 ? 0 : own.count / ownLength
      var added = [Int32](repeating: -1, count: own.count)
      for user in 0..<users {
        let listed = Set(
          backbone.items[user * backbone.length..<(user + 1) * backbone.length])
        var next = user * ownLength
        for item in own[user * ownLength..<(user + 1) * ownLength]
        where item >= 0 && !listed.contains(item) {
          added[next] = item
          next += 1
        }
      }
      let scores = try score(added)
      self = backbone
      length = backbone.length + ownLength
      items = []
      recommender = []
      for user in 0..<users {
        let left = user * backbone.length..<(user + 1) * backbone.length
        let right = user * ownLength..<(user + 1) * ownLength
        items += backbone.items[left] + added[right]
        recommender += backbone.recommender[left] + scores[right]
      }
    }
  }

  /// Which lists: whose candidates, and when.
  public struct ListName: Hashable, Sendable {
    public var isRetrained: Bool
    public var moment: Moment

    public init(isRetrained: Bool, moment: Moment) {
      self.isRetrained = isRetrained
      self.moment = moment
    }

    static let all = [false, true].flatMap { isRetrained in
      Moment.allCases.map { ListName(isRetrained: isRetrained, moment: $0) }
    }

    var column: String { "\(isRetrained ? "retrained" : "base").\(moment.rawValue)" }
  }

  /// What the language model was asked; without a mode for ratings.
  public struct Question: Hashable, Sendable {
    public var variant: PromptVariant
    public var mode: RankingMode?
    public var moment: Moment

    public init(_ variant: PromptVariant, _ mode: RankingMode? = nil, _ moment: Moment) {
      self.variant = variant
      self.mode = mode
      self.moment = moment
    }

    static let all = PromptVariant.allCases.flatMap { variant in
      ([nil] + RankingMode.allCases).flatMap { mode in
        Moment.allCases.map { Question(variant, mode, $0) }
      }
    }

    /// The lists that it is about.
    public var list: ListName { ListName(isRetrained: variant.usesRetrained, moment: moment) }

    var column: String { variant.column(mode?.rawValue ?? "rating", moment) }
  }

  public var task: RecommendationTask
  /// All four for the top-k tasks, none for ratings.
  public var lists: [ListName: Lists] = [:]
  /// The language model's scores, U × K as its lists, or its ratings, U.
  public var answers: [Question: [Float]] = [:]
  /// Top-k tasks: the tuned model's own lists at each moment, without any backbone, U × `aloneLength`, −1 where a
  /// list ends; none of a model that does not rank the catalogue.
  public var alone: [Moment: [Int32]] = [:]
  public var aloneLength = 0

  public init(task: RecommendationTask) { self.task = task }

  /// The candidates of a source with both sides' scores.
  ///
  /// - Parameters:
  ///   - question: What the language model was asked.
  ///   - choice: Whose candidates, and how many.
  /// - Returns: One list a user; nil where the question was not asked.
  public func scored(_ question: Question, _ choice: CandidateChoice) -> ScoredLists? {
    guard let lists = lists[question.list], let answers = answers[question] else { return nil }
    let own = alone[question.moment]
    var result = ScoredLists()
    for user in 0..<(lists.length == 0 ? 0 : lists.items.count / lists.length) {
      let mine = Set(
        own?[user * aloneLength..<(user + 1) * aloneLength].prefix(choice.count) ?? [])
      for place in 0..<lists.length {
        let index = user * lists.length + place
        let item = lists.items[index]
        let isBackbones = place < min(choice.count, lists.backboneLength)
        let isListed =
          switch choice.source {
          case .backbone: isBackbones
          case .languageModel: mine.contains(item)
          case .both: isBackbones || mine.contains(item)
          }
        if item >= 0, isListed {
          result.append(
            item, recommender: lists.recommender[index], languageModel: answers[index])
        }
      }
      result.endUser()
    }
    return result
  }

  /// The ranking modes that were asked, in the order of their declaration.
  public var modes: [RankingMode] {
    RankingMode.allCases.filter { answers[Question(.plainBase, $0, .test)] != nil }
  }
}

extension CandidateScores {
  private static let backboneLengthKey = "backbone-candidates"

  private static func schema(_ task: RecommendationTask, _ questions: [Question]) -> Schema {
    var schema = Schema("scores")
    if task == .rating {
      schema.columns = questions.map {
        .init($0.column, .float32, [.axis(.users)], .numbers)
      }
      return schema
    }
    for list in ListName.all {
      let shape: [Schema.Length] = [.axis(.users), .axis("candidates")]
      schema.columns += [
        .init("\(list.column).items", .int32, shape, .rowsOrNone(of: .items)),
        .init("\(list.column).recommender", .float32, shape, .numbers),
      ]
    }
    schema.columns += questions.map {
      .init($0.column, .float32, [.axis(.users), .axis("candidates")], .numbers)
    }
    schema.columns += Moment.allCases.map {
      .init(
        "alone.items.\($0.rawValue)", .int32, [.axis(.users), .axis("alone")],
        .rowsOrNone(of: .items), isOptional: true)
    }
    return schema
  }

  /// Reads an artifact of schema `scores`.
  ///
  /// - Parameter artifact: What score-prompts wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    let task: RecommendationTask = try artifact.word("task")
    let asked = Question.all.filter {
      ($0.mode == nil) == (task == .rating) && artifact.has($0.column)
    }
    let modes = Set(asked.map(\.mode))
    // A mode that was asked was asked of every variant at both moments.
    let questions = Question.all.filter { modes.contains($0.mode) }
    guard !questions.isEmpty else {
      throw artifact.problem(
        "\(Question.all[0].column)", found: "no scores", expected: "those of a ranking mode")
    }
    let lengths = try Self.schema(task, questions).check(artifact)
    self.init(task: task)
    for question in questions { answers[question] = try artifact.floats(question.column) }
    guard task != .rating else { return }
    let backboneLength = try artifact.count(Self.backboneLengthKey)
    guard backboneLength <= lengths["candidates"] else {
      throw artifact.problem(
        metadata: Self.backboneLengthKey, expected: "at most \(lengths["candidates"]) candidates")
    }
    for list in ListName.all {
      var values = Lists(
        length: lengths["candidates"], items: try artifact.int32s("\(list.column).items"),
        recommender: try artifact.floats("\(list.column).recommender"))
      values.backboneLength = backboneLength
      lists[list] = values
    }
    aloneLength = lengths["alone"]
    for moment in Moment.allCases where artifact.has("alone.items.\(moment.rawValue)") {
      alone[moment] = try artifact.int32s("alone.items.\(moment.rawValue)")
    }
  }

  /// The artifact that `init(artifact:)` reads.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: "scores", metadata: ["task": task.rawValue])
    func shape(_ count: Int, _ length: Int) -> [Int] {
      [length == 0 ? 0 : count / length, length]
    }
    if let list = lists.first?.value {
      artifact.metadata[Self.backboneLengthKey] = "\(list.backboneLength)"
    }
    for (name, list) in lists {
      let shape = shape(list.items.count, list.length)
      artifact.set("\(name.column).items", int32s: list.items, shape: shape)
      artifact.set("\(name.column).recommender", floats: list.recommender, shape: shape)
    }
    for (question, values) in answers {
      if task == .rating {
        artifact.set(question.column, floats: values)
      } else {
        artifact.set(
          question.column, floats: values,
          shape: shape(values.count, lists[question.list]?.length ?? 0))
      }
    }
    for (moment, items) in alone {
      artifact.set(
        "alone.items.\(moment.rawValue)", int32s: items, shape: shape(items.count, aloneLength))
    }
    return artifact
  }
}

extension RankedItems {
  /// The items with −1 behind the last, as lists of one length hold them.
  public func items(paddedTo length: Int) -> [Int32] {
    items + [Int32](repeating: -1, count: length - items.count)
  }
}
