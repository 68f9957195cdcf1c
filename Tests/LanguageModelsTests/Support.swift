import Foundations
import LanguageModels
import Synchronization
import Tensors

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

/// A tokenizer without merges: every byte is a token, then come the words, then the titles.
func byteTokenizer(words: [String] = [], titles: Int) -> Tokenizer {
  Tokenizer(training: [], merges: 0, words: words, titleCount: titles)
}

/// A small random model whose attention is far from uniform.
func tinyModel(_ tokenizer: Tokenizer, layers: Int = 2, contextLength: Int = 64) -> LlamaModel {
  _ = oneThread
  return LlamaModel(
    configuration: LlamaConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 24,
      layers: layers, heads: 4, keyValueHeads: 2, contextLength: contextLength),
    deviation: 0.3, seed: 3)
}

extension Prompt {
  /// A prompt from items and text.
  static func items(_ items: Int32...) -> Prompt { Prompt(items.map(Segment.item)) }

  static func text(_ text: String) -> Prompt { Prompt([.text(text)]) }

  static func + (left: Prompt, right: Prompt) -> Prompt {
    Prompt(left.segments + right.segments)
  }
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
  private let asked = Mutex<[ScoringQuery]>([])

  init(identity: String = "counting") { self.identity = identity }

  var queries: [ScoringQuery] { asked.withLock { $0 } }

  func score(_ queries: [ScoringQuery]) -> [[[Float]]] {
    asked.withLock { $0 += queries }
    return queries.map { query in
      query.branches.map { branch in
        branch.answers.map { Float($0.segments.count + 10 * query.prompt.segments.count) }
      }
    }
  }
}
