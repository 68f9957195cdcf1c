public import Tensors

/// The embedded language model: a trained Llama and its tokenizer, ready to score.
///
/// Prompts are computed in batches; within a query the prompt is computed once and all branches go on
/// from its keys and values.
public struct EmbeddedLanguageModel: LanguageModel {
  public let tokenizer: Tokenizer
  public let configuration: LlamaConfiguration
  public let identity: String
  /// Weights by their Hugging Face names.
  public let weights: [String: Matrix]
  /// Prompts computed together.
  private static let batchSize = 16

  /// Takes weights by their Hugging Face names.
  ///
  /// - Parameters:
  ///   - configuration: The shape.
  ///   - weights: Every matrix of the shape.
  ///   - tokenizer: The tokenizer that the weights were trained with.
  ///   - identity: Names the weights, for example by their digest.
  public init(
    configuration: LlamaConfiguration, weights: [String: Matrix], tokenizer: Tokenizer,
    identity: String
  ) {
    precondition(
      tokenizer.vocabularySize == configuration.vocabularySize, "tokenizer of another model")
    self.configuration = configuration
    self.weights = weights
    self.tokenizer = tokenizer
    self.identity = identity
  }

  /// Takes the present weights of a model; a composition is folded into the table.
  public init(model: LlamaModel, tokenizer: Tokenizer, identity: String) {
    var weights = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.value) })
    weights[model.embedding.name] = model.table(on: Tape(recording: false)).value
    self.init(
      configuration: model.configuration, weights: weights, tokenizer: tokenizer,
      identity: identity)
  }

  /// A trainable model that starts from these weights.
  public func makeModel() -> LlamaModel {
    LlamaModel(configuration: configuration) { name, _, _ in
      guard let matrix = weights[name] else { preconditionFailure("no weights for \(name)") }
      return matrix
    }
  }

  public func score(_ queries: [ScoringQuery]) throws -> [[[Float]]] {
    let model = makeModel()
    return batches(of: queries).flatMap { batch in
      let pass = LlamaPass(model: model, sequences: batch.map { promptTokens($0.prompt) })
      let next = pass.logProbabilities(after: batch.indices.map(pass.lastRow(of:)))
      return batch.indices.map { index in
        score(batch[index].branches, after: pass, prompt: index, next: next[row: index])
      }
    }
  }

  /// log P(item | prompt) of every item of the catalogue as the next token.
  ///
  /// - Parameter prompts: B prompts.
  /// - Returns: B × items, in nats.
  public func itemLogProbabilities(_ prompts: [Prompt]) -> Matrix {
    let model = makeModel()
    let items = tokenizer.titleCount
    let values = batches(of: prompts).flatMap { batch -> [Float] in
      let pass = LlamaPass(model: model, sequences: batch.map(promptTokens))
      let next = pass.logProbabilities(after: batch.indices.map(pass.lastRow(of:)))
      return batch.indices.flatMap { next[row: $0].suffix(items) }
    }
    return Matrix(rows: prompts.count, columns: items, values: values)
  }

  private func batches<Element>(of elements: [Element]) -> [[Element]] {
    stride(from: 0, to: elements.count, by: Self.batchSize).map {
      Array(elements[$0..<min($0 + Self.batchSize, elements.count)])
    }
  }

  /// `<s>` and the prompt, whose beginning is cut when it does not fit the context.
  private func promptTokens(_ prompt: Prompt) -> [Int32] {
    [Tokenizer.start] + tokenizer.encode(prompt).suffix(configuration.contextLength - 1)
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
    _ branches: [ScoringQuery.Branch], after pass: LlamaPass, prompt: Int, next: ArraySlice<Float>
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
      model: pass.model, sequences: sequences, continuing: (pass, prompt))
    let logProbabilities = branchPass.logProbabilities(after: targets.map(\.row))
    for (row, target) in targets.enumerated() {
      results[target.branch][target.answer] += logProbabilities[row, Int(target.token)]
    }
    return results
  }
}
