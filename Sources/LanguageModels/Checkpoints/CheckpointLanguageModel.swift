internal import Foundations
internal import RealModule
internal import Synchronization
internal import Tensors

/// A pretrained Llama that reads titles as words.
///
/// Every query is computed by itself, so that its scores are the same among any others; several threads compute
/// several queries. Within a query all that its branches and answers begin with in common is computed once: the
/// prompt as one pass, the rest as a tree whose paths are the answers.
public final class CheckpointLanguageModel: LanguageModel {
  /// How the model is asked.
  public enum Style: Sendable, Equatable, Codable {
    /// The prompt is a text that the answer goes on from.
    case completion
    /// The prompt is the user's turn and the answer the assistant's, in the checkpoint's own format; a
    /// checkpoint without a known one is asked as `completion`.
    ///
    /// The system's words stand before; nil leaves what the format itself says there.
    case chat(system: String?)
  }

  /// What was learned beyond the checkpoint.
  enum Learned: Sendable, Equatable, Codable {
    case nothing
    /// Adapters, and the dropout that they learned with.
    case adapters(AdapterOptions, dropout: Float)
    case everything
  }

  /// Which checkpoint it is, and how it is asked.
  public let reference: CheckpointReference
  public var name: String { reference.name }
  public let identity: String
  public var itemNames: [String]? { text.titles }
  public var capabilities: LanguageModelCapabilities { LanguageModelCapabilities(isCostly: true) }
  /// The exponent γ of the n tokens of a title, whose score is log P / n^γ.
  ///
  /// 0 leaves the log-probability, 1 is the mean over the tokens.
  public let lengthExponent: Float
  /// Why the style is not the one that was asked for; nil where it is.
  public let notice: String?
  let checkpoint: Checkpoint
  let learned: Learned
  /// Names what was learned; empty for nothing.
  let learnedIdentity: String
  let text: PromptText
  let titles: CatalogueTitles
  private let lost = Mutex((prompts: 0, titles: 0))
  /// Weights of the checkpoint, and the adapters beside them.
  let model: LlamaModel
  /// The weights ready to compute, adapters added.
  let scorer: LlamaModel

  /// Reads the weights of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: Shape, tokenizer, format, weights.
  ///   - name: What results call the model.
  ///   - weightsIdentity: Names the weights, for example by the digest of their file.
  ///   - titles: Of every item of the catalogue.
  ///   - style: How the model is asked.
  ///   - lengthExponent: γ, from 0 to 1; see there.
  /// - Throws: `CheckpointError` for weights that are missing or hold no finite numbers.
  public convenience init(
    _ checkpoint: Checkpoint, name: String = "checkpoint", weightsIdentity: String,
    titles: [String], style: Style = .completion, lengthExponent: Float = 0
  ) throws {
    self.init(
      checkpoint,
      CheckpointReference(name: name, digest: weightsIdentity, style: style, titles: titles),
      try LlamaModel(checkpoint), learned: .nothing, learnedIdentity: "",
      lengthExponent: lengthExponent)
  }

  /// Takes weights that are at hand.
  ///
  /// - Parameters:
  ///   - checkpoint: Shape, tokenizer, format.
  ///   - reference: Names it, and says how it is asked.
  ///   - model: The weights, with adapters where those were learned; nobody changes them afterwards.
  ///   - learned: What of them was learned.
  ///   - learnedIdentity: Names what was learned; empty for nothing.
  ///   - lengthExponent: γ.
  init(
    _ checkpoint: Checkpoint, _ reference: CheckpointReference, _ model: LlamaModel,
    learned: Learned, learnedIdentity: String, lengthExponent: Float
  ) {
    precondition(lengthExponent >= 0 && lengthExponent <= 1, "length exponent \(lengthExponent)")
    let format = checkpoint.chatFormat
    var textStyle = PromptText.Style.completion
    var notice: String?
    if case .chat(let system) = reference.style {
      if format.kind == .plain {
        notice = format.notice ?? "the checkpoint has no chat format; prompts are plain text"
      } else {
        textStyle = .chat(format, system: system)
      }
    }
    self.notice = notice
    self.checkpoint = checkpoint
    self.reference = reference
    self.learnedIdentity = learnedIdentity
    self.lengthExponent = lengthExponent
    self.learned = learned
    text = PromptText(
      tokenizer: checkpoint.tokenizer, style: textStyle,
      contextLength: checkpoint.configuration.contextLength, titles: reference.titles)
    self.titles = CatalogueTitles(text, count: reference.titles.count)
    identity = Self.identity(
      of: reference, asked: textStyle, learned: learnedIdentity, lengthExponent: lengthExponent)
    self.model = model
    scorer = model.merged()
  }

  /// The same model whose scores of titles are log P / n^γ for titles of n tokens.
  ///
  /// What is scored beside titles stays log P. Only the order of normalised scores means something.
  ///
  /// - Parameter exponent: γ, from 0 to 1.
  /// - Returns: A model that shares the weights.
  public func normalizingLength(_ exponent: Float) -> CheckpointLanguageModel {
    CheckpointLanguageModel(like: self, exponent: exponent)
  }

  private init(like other: CheckpointLanguageModel, exponent: Float) {
    precondition(exponent >= 0 && exponent <= 1, "length exponent \(exponent)")
    (checkpoint, reference) = (other.checkpoint, other.reference)
    learnedIdentity = other.learnedIdentity
    (notice, learned, text) = (other.notice, other.learned, other.text)
    (titles, model, scorer) = (other.titles, other.model, other.scorer)
    lengthExponent = exponent
    identity = Self.identity(
      of: reference, asked: text.style, learned: learnedIdentity, lengthExponent: exponent)
  }

  /// Names the weights and how they are asked: the way words are written changes an answer as the weights do.
  private static func identity(
    of reference: CheckpointReference, asked style: PromptText.Style, learned: String,
    lengthExponent: Float
  ) -> String {
    var how = [reference.digest, style.name, "words \(PromptText.version)"]
    if !learned.isEmpty { how.append("learned \(learned)") }
    if lengthExponent > 0 { how.append("length \(lengthExponent)") }
    return Digest.sha256(how.joined(separator: "\0"))
  }

  public func score(
    _ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void
  ) async throws {
    try Workers.run(queries.count) { [self] in
      score(queries[$0])
    } take: {
      try each($0, $1)
    }
  }

  public var remarks: [String] {
    let lost = lost.withLock { $0 }
    return lost.prompts == 0
      ? []
      : [
        "\(lost.prompts) prompts were too long and lost \(lost.titles) titles from their beginning"
      ]
  }

  /// A query in tokens, with a note of what does not fit.
  func questions(_ query: ScoringQuery) -> [PromptText.Question] {
    let (questions, cut) = text.questions(query)
    if cut > 0 {
      lost.withLock {
        $0.prompts += 1
        $0.titles += cut
      }
    }
    return questions
  }

  /// log P(answer | read) of every branch's answers: the sum over an answer's tokens.
  private func score(_ query: ScoringQuery) -> [[Float]] {
    let questions = questions(query)
    var scores = Self.score(questions, with: scorer)
    guard lengthExponent > 0 else { return scores }
    for (b, branch) in query.branches.enumerated() {
      for (a, answer) in branch.answers.enumerated() where answer.endsWithItem {
        scores[b][a] /= Float.pow(Float(questions[b].answers[a].count), lengthExponent)
      }
    }
    return scores
  }

  private static func score(
    _ questions: [PromptText.Question], with model: LlamaModel
  ) -> [[Float]] {
    let prompt = commonBeginning(questions.map(\.read))
    var trie = TokenTrie()
    var predictions: [LlamaTree.Prediction] = []
    for question in questions {
      let read = question.read.dropFirst(prompt.count)
      for answer in question.answers {
        let nodes = [-1] + trie.insert(read + answer.dropLast())
        predictions += zip(nodes.dropFirst(read.count), answer)
          .map { LlamaTree.Prediction(node: $0, token: $1) }
      }
    }
    guard !predictions.isEmpty else { return questions.map { _ in [] } }
    var tree = LlamaTree(model: model, prompt: Array(prompt))
    tree.grow(trie.tokens, parents: trie.parents)
    var rest = tree.logProbabilities(predictions)[...]
    return questions.map { question in
      question.answers.map { answer in
        defer { rest = rest.dropFirst(answer.count) }
        return rest.prefix(answer.count).reduce(0, +)
      }
    }
  }

  private static func commonBeginning(_ sequences: [[Int32]]) -> ArraySlice<Int32> {
    guard var common = sequences.first?[...] else { return [] }
    for sequence in sequences.dropFirst() {
      common = common.prefix(zip(common, sequence).prefix { $0 == $1 }.count)
    }
    return common
  }
}

extension PromptText.Style {
  /// Tells one way of asking from another.
  fileprivate var name: String {
    switch self {
    case .completion: "completion"
    case .chat(let format, let system):
      "\(format.kind.rawValue)\0\(system.map { "system: \($0)" } ?? "")"
    }
  }
}
