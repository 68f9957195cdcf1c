internal import Evaluation
internal import Synchronization
public import Tensors

/// The embedded language model: a Llama whose vocabulary names each title of the catalogue, and its tokenizer.
///
/// Every query is computed by itself, so that its scores are the same among any others; within a query the
/// prompt is computed once, and all branches go on from its keys and values.
public final class EmbeddedLanguageModel: LanguageModel, CatalogueRanking {
  public let tokenizer: CatalogueTokenizer
  public let configuration: LlamaConfiguration
  public let identity: String
  public var name: String { "title-llama" }
  /// Weights by their Hugging Face names.
  public let weights: [String: Matrix]
  /// For each token the tokens that compose it, until training has folded them in; nil for none.
  let composition: [[Int32]]?
  /// The weights ready to compute; a lock, because a model belongs to one thread at a time.
  private let model: Mutex<LlamaModel>

  /// Takes weights by their Hugging Face names.
  ///
  /// - Parameters:
  ///   - configuration: The shape.
  ///   - weights: Every matrix of the shape.
  ///   - tokenizer: The tokenizer that the weights were trained with.
  ///   - identity: Names the weights, for example by their digest.
  ///   - composition: For each token the tokens that compose it; nil for none.
  public init(
    configuration: LlamaConfiguration, weights: [String: Matrix], tokenizer: CatalogueTokenizer,
    identity: String, composition: [[Int32]]? = nil
  ) {
    precondition(
      tokenizer.vocabularySize == configuration.vocabularySize, "tokenizer of another model")
    self.configuration = configuration
    self.weights = weights
    self.tokenizer = tokenizer
    self.identity = identity
    self.composition = composition
    model = Mutex(
      LlamaModel(configuration: configuration, weights: weights, composition: composition))
  }

  /// Takes the present weights of a model; a composition is folded into the table.
  public convenience init(model: LlamaModel, tokenizer: CatalogueTokenizer, identity: String) {
    self.init(
      configuration: model.configuration, weights: model.foldedWeights, tokenizer: tokenizer,
      identity: identity)
  }

  public func score(
    _ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void
  ) async throws {
    for (index, query) in queries.enumerated() {
      try each(index, model.withLock { score(query, with: $0) })
    }
  }

  public func rank(
    _ queries: [CatalogueQuery], count: Int, each: (Int, RankedItems) throws -> Void
  ) async throws {
    for (index, query) in queries.enumerated() {
      let scores = model.withLock { model in
        Array(next(after: read(query.prompt, with: model)).suffix(tokenizer.titleCount))
      }
      let best = topK(scores.span, k: count, excluding: query.excluded.sorted()[...])
      try each(index, RankedItems(items: best.items, logProbabilities: best.scores))
    }
  }

  private func score(_ query: ScoringQuery, with model: LlamaModel) -> [[Float]] {
    let pass = read(query.prompt, with: model)
    return score(query.branches, after: pass, next: next(after: pass))
  }

  /// Computes a prompt: `<s>` and its tokens, whose beginning is cut where they do not fit the context.
  private func read(_ prompt: Prompt, with model: LlamaModel) -> LlamaPass {
    let tokens = tokenizer.encode(prompt).suffix(configuration.contextLength - 1)
    return LlamaPass(model: model, sequences: [[CatalogueTokenizer.start] + tokens])
  }

  /// log P(token | prompt) of every token.
  private func next(after pass: LlamaPass) -> ArraySlice<Float> {
    pass.logProbabilities(after: [pass.lastRow(of: 0)])[row: 0]
  }

  /// One token whose log-probability belongs to an answer, and the row that predicts it.
  private struct Target {
    let branch: Int
    let answer: Int
    let row: Int32
    let token: Int32
  }

  /// Scores the branches of one query.
  ///
  /// A branch whose answers are one token each needs one run over its context, or none when the context is
  /// empty; longer answers need a run each.
  private func score(
    _ branches: [ScoringQuery.Branch], after pass: LlamaPass, next: ArraySlice<Float>
  ) -> [[Float]] {
    var results = branches.map { [Float](repeating: 0, count: $0.answers.count) }
    var sequences: [[Int32]] = []
    var targets: [Target] = []
    var rows = 0
    for (b, branch) in branches.enumerated() {
      let context = tokenizer.encode(branch.context)
      let answers = branch.answers.map(tokenizer.encode)
      precondition(answers.allSatisfy { !$0.isEmpty }, "an answer without tokens")
      let sharesRun = answers.allSatisfy { $0.count == 1 }
      var start = rows
      for (a, answer) in answers.enumerated() {
        if context.isEmpty { results[b][a] += next[next.startIndex + Int(answer[0])] }
        let sequence = context + answer.dropLast()
        if !sequence.isEmpty, a == 0 || !sharesRun {
          start = rows
          sequences.append(sequence)
          rows += sequence.count
        }
        for (t, token) in answer.enumerated() where !(context.isEmpty && t == 0) {
          targets.append(
            Target(branch: b, answer: a, row: Int32(start + context.count + t - 1), token: token))
        }
      }
    }
    guard !targets.isEmpty else { return results }
    let branchPass = LlamaPass(
      model: pass.model, sequences: sequences, continuing: (pass, 0))
    let logProbabilities = branchPass.logProbabilities(after: targets.map(\.row))
    for (row, target) in targets.enumerated() {
      results[target.branch][target.answer] += logProbabilities[row, Int(target.token)]
    }
    return results
  }
}

extension LlamaModel {
  /// A model with given weights, and a composition of tokens unless it is nil.
  convenience init(
    configuration: LlamaConfiguration, weights: [String: Matrix], composition: [[Int32]]? = nil
  ) {
    self.init(configuration: configuration) { name, _, _ in
      guard let matrix = weights[name] else { preconditionFailure("no weights for \(name)") }
      return matrix
    }
    if let composition { compose(from: composition) }
  }

  /// The weights by name, with the composition folded into the table.
  var foldedWeights: [String: Matrix] {
    var weights = weights
    weights[embedding.name] = table(on: Tape(recording: false)).value
    return weights
  }

  /// The weights by name, without adapters and composition.
  var weights: [String: Matrix] {
    Dictionary(uniqueKeysWithValues: baseParameters.map { ($0.name, $0.value) })
  }
}
