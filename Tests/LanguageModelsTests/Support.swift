import Foundations
import LanguageModels
import Synchronization
import Tensors

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

/// A tokenizer without merges: every byte is a token, then come the words, then the titles.
func byteTokenizer(words: [String] = [], titles: Int) -> CatalogueTokenizer {
  CatalogueTokenizer(training: [], merges: 0, words: words, titleCount: titles)
}

/// A small random model whose attention is far from uniform.
func tinyModel(_ tokenizer: CatalogueTokenizer, layers: Int = 2, contextLength: Int = 64)
  -> LlamaModel
{
  _ = oneThread
  return LlamaModel(
    configuration: LlamaConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 24,
      layers: layers, heads: 4, keyValueHeads: 2, contextLength: contextLength),
    deviation: 0.3, seed: 3)
}

/// A small random model of a shape that has everything: biases, an output layer of its own, heads wider than
/// their share of the width, scaled rotary positions.
func everyPartModel(vocabularySize: Int) -> LlamaModel {
  _ = oneThread
  var random = SeededRandom(seed: 4)
  return LlamaModel(
    configuration: LlamaConfiguration(
      vocabularySize: vocabularySize, hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 4,
      keyValueHeads: 2, headSize: 6, contextLength: 64, rmsNormEpsilon: 1e-3, ropeTheta: 500,
      ropeScaling: .llama3(
        factor: 4, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 32),
      tiesEmbeddings: false, attentionBias: true, feedForwardBias: true)
  ) { _, rows, columns in
    var matrix = Matrix.normal(rows: rows, columns: columns, deviation: 0.3, using: &random)
    if rows == 1 { for i in matrix.values.indices { matrix.values[i] += 0.8 } }
    return matrix
  }
}

extension Prompt {
  /// A prompt from items and text.
  static func items(_ items: Int32...) -> Prompt { Prompt(items.map(Segment.item)) }

  static func text(_ text: String) -> Prompt { Prompt([.text(text)]) }
}

/// The loss of one batch and its gradient by parameter; the parameters stay as they are.
///
/// With β₁ = 0 Adam's first moment is the gradient, and a rate of 0 changes nothing.
func lossAndGradients(
  _ model: LlamaModel, _ batch: [TrainingSequence]
) -> (loss: Float, gradients: [String: [Float]]) {
  let trainer = LlamaTrainer(
    model: model,
    configuration: .init(
      batchSize: batch.count, dropout: 0, optimizer: .init(beta1: 0), gradientClip: .infinity,
      schedule: .linear(peak: 0, warmup: 0, total: 1)))
  var random = SeededRandom(seed: 0)
  let loss = trainer.epoch(batch, random: &random)
  return (
    loss,
    Dictionary(uniqueKeysWithValues: trainer.optimizer.moments.map { ($0.name, $0.first) })
  )
}

/// A model that makes up its answers and counts what it is asked.
final class CountingModel: LanguageModel {
  let identity: String
  let capabilities: LanguageModelCapabilities
  let itemNames: [String]?
  private let asked = Mutex<[ScoringQuery]>([])

  init(
    identity: String = "counting", capabilities: LanguageModelCapabilities = .init(),
    itemNames: [String]? = nil
  ) {
    self.identity = identity
    self.itemNames = itemNames
    self.capabilities = capabilities
  }

  var queries: [ScoringQuery] { asked.withLock { $0 } }

  /// Answers the last query first, as a server with several at work may.
  func score(_ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void) async throws {
    for (index, query) in queries.enumerated().reversed() {
      asked.withLock { $0.append(query) }
      try each(
        index,
        query.branches.map { branch in
          branch.answers.map { Float($0.segments.count + 10 * query.prompt.segments.count) }
        })
    }
  }
}

extension EmbeddedLanguageModel {
  /// log P(item | prompt) of every item, B × items.
  func itemLogProbabilities(_ prompts: [Prompt]) async throws -> Matrix {
    let items = (0..<Int32(tokenizer.titleCount)).map { Prompt([.item($0)]) }
    let scores = try await score(
      prompts.map { ScoringQuery(prompt: $0, branches: [.init(answers: items)]) })
    return Matrix(
      rows: prompts.count, columns: items.count, values: scores.flatMap { $0[0] })
  }
}
