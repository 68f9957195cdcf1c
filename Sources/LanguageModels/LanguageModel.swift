/// One prompt and the continuations whose likelihood is asked.
///
/// All branches share the prompt, so a model computes it once.
public struct ScoringQuery: Sendable, Equatable {
  /// A way the prompt may go on: more context that is read but not scored, then answers that are scored.
  public struct Branch: Sendable, Equatable {
    public var context: Prompt
    public var answers: [Prompt]

    public init(context: Prompt = Prompt(), answers: [Prompt]) {
      self.context = context
      self.answers = answers
    }
  }

  public var prompt: Prompt
  public var branches: [Branch]

  public init(prompt: Prompt, branches: [Branch]) {
    self.prompt = prompt
    self.branches = branches
  }
}

/// A language model as this project uses it: it scores given continuations and chooses among given answers.
///
/// No free text ever comes back, so that no invented item can reach a result.
public protocol LanguageModel: Sendable {
  /// Names the model and its weights; part of the key of every kept answer.
  var identity: String { get }

  /// log P(answer | prompt, context) in nats, for each query, branch and answer.
  ///
  /// - Parameter queries: Prompts with their branches; every answer has at least one token.
  /// - Returns: `[query][branch][answer]`.
  /// - Throws: What the provider throws when it cannot answer.
  func score(_ queries: [ScoringQuery]) throws -> [[[Float]]]
}

extension LanguageModel {
  /// The most likely of the given answers, by greedy choice (temperature 0); the first of equals.
  ///
  /// - Parameters:
  ///   - prompt: What the model reads.
  ///   - choices: The answers allowed; at least one.
  /// - Returns: Position in `choices` and its log-probability.
  /// - Throws: What `score` throws.
  public func complete(
    _ prompt: Prompt, among choices: [Prompt]
  ) throws -> (choice: Int, logProbability: Float) {
    precondition(!choices.isEmpty, "no answer allowed")
    let scores = try score([ScoringQuery(prompt: prompt, branches: [.init(answers: choices)])])[0][
      0]
    let best = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    return (best, scores[best])
  }
}
