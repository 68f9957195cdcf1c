internal import Foundations
internal import Synchronization

/// A pretrained Llama that reads titles as words.
///
/// Every query is computed by itself, so that its scores are the same among any others. Within a query all
/// that its branches and answers begin with in common is computed once: the prompt as one pass, the rest as a
/// tree whose paths are the answers.
public final class CheckpointLanguageModel: LanguageModel {
  /// How the model is asked.
  public enum Style: Sendable, Equatable {
    /// The prompt is a text that the answer goes on from.
    case completion
    /// The prompt is the user's turn and the answer the assistant's, in the checkpoint's own format; a
    /// checkpoint without a known one is asked as `completion`.
    ///
    /// The system's words stand before; nil leaves what the format itself says there.
    case chat(system: String?)
  }

  /// Which checkpoint it is, and how it is asked.
  public let reference: CheckpointReference
  public var name: String { reference.name }
  public let identity: String
  public var itemNames: [String]? { text.titles }
  public var capabilities: LanguageModelCapabilities { LanguageModelCapabilities(isCostly: true) }
  /// Why the style is not the one that was asked for; nil where it is.
  public let notice: String?
  let text: PromptText
  let titles: CatalogueTitles
  private let lost = Mutex((prompts: 0, titles: 0))
  /// The weights ready to compute; a lock, because a model belongs to one thread at a time.
  let model: Mutex<LlamaModel>

  /// Reads the weights of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: Shape, tokenizer, format, weights.
  ///   - name: What results call the model.
  ///   - weightsIdentity: Names the weights, for example by the digest of their file.
  ///   - titles: Of every item of the catalogue.
  ///   - style: How the model is asked.
  /// - Throws: `CheckpointError` for weights that are missing or hold no finite numbers.
  public init(
    _ checkpoint: Checkpoint, name: String = "checkpoint", weightsIdentity: String,
    titles: [String], style: Style = .completion
  ) throws {
    reference = CheckpointReference(
      name: name, digest: weightsIdentity, style: style, titles: titles)
    let format = checkpoint.chatFormat
    var textStyle = PromptText.Style.completion
    var notice: String?
    if case .chat(let system) = style {
      if format.kind == .plain {
        notice = format.notice ?? "the checkpoint has no chat format; prompts are plain text"
      } else {
        textStyle = .chat(format, system: system)
      }
    }
    self.notice = notice
    text = PromptText(
      tokenizer: checkpoint.tokenizer, style: textStyle,
      contextLength: checkpoint.configuration.contextLength, titles: titles)
    self.titles = CatalogueTitles(text, count: titles.count)
    // How words are written and asked for changes an answer as the weights do.
    identity = Digest.sha256(
      [weightsIdentity, textStyle.name, "words \(PromptText.version)"].joined(separator: "\0"))
    model = Mutex(try LlamaModel(checkpoint))
  }

  public func score(
    _ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void
  ) async throws {
    for (index, query) in queries.enumerated() {
      let questions = questions(query)
      try each(index, model.withLock { Self.score(questions, with: $0) })
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

  /// log P(answer | read) of every question's answers: the sum over an answer's tokens.
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
