import Foundations
import LanguageModels
import Tensors
import Testing

/// The decoder of every shape against one written from the formulas alone.
@Suite struct LlamaModelTests {
  static let shapes: [LlamaConfiguration] = [
    LlamaConfiguration(vocabularySize: 50, hiddenSize: 16),
    LlamaConfiguration(
      vocabularySize: 50, hiddenSize: 12, intermediateSize: 20, layers: 3, heads: 6,
      keyValueHeads: 3, headSize: 8, ropeTheta: 100_000, tiesEmbeddings: false),
    LlamaConfiguration(
      vocabularySize: 50, hiddenSize: 12, heads: 2, keyValueHeads: 1, headSize: 4,
      rmsNormEpsilon: 1e-2, ropeScaling: .linear(factor: 4), attentionBias: true),
    LlamaConfiguration(
      vocabularySize: 50, hiddenSize: 16, heads: 4, keyValueHeads: 2, headSize: 8,
      ropeTheta: 500_000,
      ropeScaling: .llama3(
        factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 64),
      tiesEmbeddings: false, attentionBias: true, feedForwardBias: true),
    LlamaConfiguration(
      vocabularySize: 50, hiddenSize: 16, heads: 4, keyValueHeads: 4,
      ropeScaling: .divisors([1, 3]), feedForwardBias: true),
  ]

  @Test(arguments: shapes) func `logits are those of the formulas`(shape: LlamaConfiguration) {
    _ = oneThread
    var random = SeededRandom(seed: 6)
    var weights: [String: Matrix] = [:]
    let model = LlamaModel(configuration: shape) { name, rows, columns in
      let matrix = Matrix.normal(rows: rows, columns: columns, deviation: 0.4, using: &random)
      weights[name] = matrix
      return matrix
    }
    #expect(model.baseParameters.map(\.name) == shape.tensors.map(\.name))
    let tokens = (0..<40).map { _ in Int32(random.below(shape.vocabularySize)) }
    let (found, expected) = (
      model.logits(after: tokens), NaiveLlama(shape, weights).logits(tokens)
    )
    let scale = expected.values.map(abs).max() ?? 0
    let largest = zip(found.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(largest <= 1e-5 * max(1, scale))
    #expect(scale > 0.5)
  }

  @Test func `a checkpoint runs from its mapped file`() throws {
    let checkpoint = try Checkpoint(at: try fixture("quantized.gguf"))
    let model = try LlamaModel(checkpoint)
    let tokens: [Int32] = [3, 1, 4, 1, 5, 9]
    let expected = NaiveLlama(checkpoint.configuration, model.mergedWeights).logits(tokens)
    let found = model.logits(after: tokens)
    let scale = expected.values.map(abs).max() ?? 0
    let largest = zip(found.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(largest <= 1e-5 * scale)
  }
}
