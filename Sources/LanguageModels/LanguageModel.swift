public import Foundations

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

/// What a language model's scores are, and how much may be asked at once.
public struct LanguageModelCapabilities: Sendable, Equatable {
  /// Whether scores are log-probabilities; otherwise only the order of one branch's answers means something.
  public var hasLogProbabilities: Bool
  /// The most answers of one branch; nil for any number.
  public var mostAnswers: Int?
  /// The most lettered options of one question whose probabilities the model tells; nil for any number.
  public var mostOptions: Int?
  /// Whether an answer costs so much that it is kept beyond the run that asked for it.
  public var isCostly: Bool

  public init(
    hasLogProbabilities: Bool = true, mostAnswers: Int? = nil, mostOptions: Int? = nil,
    isCostly: Bool = false
  ) {
    self.hasLogProbabilities = hasLogProbabilities
    self.mostAnswers = mostAnswers
    self.mostOptions = mostOptions
    self.isCostly = isCostly
  }
}

/// A language model as this project uses it: it scores given continuations.
///
/// No free text ever comes back, so that no invented item can reach a result.
public protocol LanguageModel: Sendable {
  /// What results call the model, such as `title-llama`.
  var name: String { get }

  /// Names the model, its weights, and how it is asked (format, decoding); part of the key of every kept answer.
  var identity: String { get }

  /// The words in which each item of the catalogue is told to the model; nil where it knows items themselves.
  ///
  /// A kept answer is found by these words, so that it outlives a change elsewhere in the catalogue.
  var itemNames: [String]? { get }

  /// What is worth knowing of the answers so far, a line each: what prompts lost, what a server was asked.
  var remarks: [String] { get }

  /// What may be asked.
  var capabilities: LanguageModelCapabilities { get }

  /// A prompt as the model reads it, for people to look at.
  ///
  /// - Parameters:
  ///   - prompt: What is read before an answer.
  ///   - titles: Of every item of the catalogue.
  /// - Returns: Text; with the markers of a conversation where the model is asked in one.
  func text(of prompt: Prompt, titles: [String]) -> String

  /// log P(answer | prompt, context) in nats, for each query, branch and answer.
  ///
  /// A query's scores are the same, bit for bit, whichever others it is asked with: a run that was stopped
  /// asks the rest, and ends with the bytes of a straight run.
  ///
  /// - Parameters:
  ///   - queries: Prompts with their branches; every answer has at least one token.
  ///   - each: Gets each query's position and its scores `[branch][answer]` once, as soon as they are known,
  ///     in any order.
  /// - Throws: What the provider throws when it cannot answer, and what `each` throws.
  func score(
    _ queries: [ScoringQuery], each: (_ query: Int, _ scores: [[Float]]) throws -> Void
  ) async throws
}

extension LanguageModel {
  public var name: String { identity }

  public var itemNames: [String]? { nil }

  public func text(of prompt: Prompt, titles: [String]) -> String {
    prompt.rendered(titles: titles)
  }

  public var remarks: [String] { [] }

  public var capabilities: LanguageModelCapabilities { LanguageModelCapabilities() }

  /// All scores at once, `[query][branch][answer]`.
  ///
  /// Throws what `score(_:each:)` throws.
  public func score(_ queries: [ScoringQuery]) async throws -> [[[Float]]] {
    var answers = [[[Float]]](repeating: [], count: queries.count)
    try await score(queries) { answers[$0] = $1 }
    return answers
  }

  /// Makes sure that scores are log-probabilities.
  ///
  /// Throws `UnsupportedByModel` where only their order means something.
  public func requireLogProbabilities(for purpose: String) throws(UnsupportedByModel) {
    guard !capabilities.hasLogProbabilities else { return }
    throw UnsupportedByModel(
      identity: identity, found: "only the order of answers",
      needed: "log-probabilities, for \(purpose)")
  }
}

/// A language model was asked for what it cannot do.
public struct UnsupportedByModel: DataError, Equatable, CustomStringConvertible {
  public let identity: String
  /// What the model offers.
  public let found: String
  /// What was needed, and for what.
  public let needed: String
  public var isDataError: Bool { false }
  public var description: String {
    "language model \(identity.prefix(12)): found \(found), expected \(needed); choose another model or "
      + "another setting"
  }

  public init(identity: String, found: String, needed: String) {
    self.identity = identity
    self.found = found
    self.needed = needed
  }
}
