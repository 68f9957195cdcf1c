internal import Foundations
public import LanguageModels
internal import Synchronization

/// A language model behind an OpenAI-compatible server that tells the likeliest tokens of an answer's first place.
///
/// Answers that differ in their first letter, such as yes and no, letters or whole ratings, are read off that place.
/// All others, titles first, become lettered options (`LetteredOptions`): the server never writes text, so nothing
/// invented can come back. Scores of one branch are log-probabilities up to a constant of the branch.
public final class EndpointLanguageModel: LanguageModel {
  /// Changes with the way in which questions are put, so that no kept answer to another is taken.
  static let version = 1

  /// What the model is, and what its server can do.
  public let reference: EndpointReference
  private let client: EndpointClient
  private let titles: [String]
  private let counts = Mutex(Usage())

  /// What answers took so far.
  public struct Usage: Sendable, Equatable {
    public var requests = 0
    public var promptTokens = 0
    /// Those of the prompts' tokens that the server had computed before.
    public var cachedTokens = 0
    /// Answers that the server did not tell the probability of.
    public var untold = 0
  }

  /// A model that was probed.
  ///
  /// - Parameters:
  ///   - reference: What the probe found.
  ///   - connection: Where the server is.
  ///   - checkStop: Throws where the work is to stop; called a few times a second.
  public init(
    _ reference: EndpointReference, _ connection: EndpointConnection,
    checkStop: @escaping @Sendable () throws -> Void = {}
  ) {
    self.reference = reference
    client = EndpointClient(connection: connection, checkStop: checkStop)
    titles = reference.titles.map(Self.harmless)
  }

  public var name: String { reference.name }
  public var identity: String { reference.identity }
  public var itemNames: [String]? { titles }
  public var capabilities: LanguageModelCapabilities {
    LanguageModelCapabilities(mostOptions: reference.topLogProbabilities, isCostly: true)
  }
  public var usage: Usage { counts.withLock { $0 } }

  public var remarks: [String] {
    let usage = usage
    guard usage.requests > 0 else { return [] }
    return [
      "\(name) answered \(usage.requests) requests of \(usage.promptTokens) tokens, \(usage.cachedTokens) of them "
        + "cached; of \(usage.untold) answers it did not tell the probability"
    ]
  }

  /// A title that ends neither its quotes nor its line, and that no server takes for a mark of its chat format.
  static func harmless(_ title: String) -> String {
    var text = title.quotable.replacing("<", with: "‹").replacing(">", with: "›")
    for mark in ["[INST]", "[/INST]"] {
      text = text.replacing(mark, with: "[ " + mark.dropFirst())
    }
    return text
  }

  // MARK: Scoring

  /// One request, and whose scores it is about.
  private struct Question {
    let query: Int
    let branch: Int
    /// Of the branch's questions.
    let part: Int
    let text: String
    let answers: [String]
  }

  public func score(
    _ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void
  ) async throws {
    let most = reference.topLogProbabilities
    let branches = queries.map { $0.branches.map { LetteredOptions($0, most: most, rendered) } }
    var questions: [Question] = []
    for (q, query) in queries.enumerated() {
      for (b, branch) in query.branches.enumerated() {
        let text = rendered(query.prompt + branch.context)
        let options = branches[q][b]
        for part in 0..<options.count {
          questions.append(
            Question(
              query: q, branch: b, part: part,
              text: text + options.text(part, end: reference.optionsEnd),
              answers: options.answers(part)))
        }
      }
    }
    var found = branches.map { $0.map { [[Float]](repeating: [], count: $0.count) } }
    var open = branches.map { $0.reduce(0) { $0 + $1.count } }
    func finish(_ query: Int) throws {
      try each(query, zip(branches[query], found[query]).map { $0.scores($1) })
      found[query] = []
    }
    for query in queries.indices where open[query] == 0 { try finish(query) }
    try client.perform(
      questions.map { (reference.style.path, reference.body($0.text)) }
    ) { index, response in
      guard let alternatives = TokenAlternatives(response) else {
        return .malformed("no log-probabilities in the answer")
      }
      let question = questions[index]
      let (scores, untold) = alternatives.scores(question.answers)
      note(response, untold)
      found[question.query][question.branch][question.part] = scores
      open[question.query] -= 1
      if open[question.query] == 0 { try finish(question.query) }
      return .taken
    }
  }

  private func rendered(_ prompt: Prompt) -> String {
    let text = prompt.rendered(titles: titles)
    return reference.style == .chat ? String(text.drop { $0 == " " }) : text
  }

  private func note(_ response: JSONValue, _ untold: Int) {
    let usage = response["usage"]
    counts.withLock {
      $0.requests += 1
      $0.promptTokens += usage?["prompt_tokens"]?.asInteger ?? 0
      $0.cachedTokens +=
        usage?["prompt_tokens_details"]?["cached_tokens"]?.asInteger ?? 0
      $0.untold += untold
    }
  }
}
