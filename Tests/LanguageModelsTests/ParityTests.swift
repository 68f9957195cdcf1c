import Foundation
import Foundations
import LanguageModels
import Tensors
import Testing

/// What Fixtures/llama.json holds; golden.py wrote it with Transformers.
private struct Golden: Decodable {
  struct Gradient: Decodable {
    var name: String
    var norm: Float
    /// Its first twelve numbers.
    var first: [Float]
  }

  var seed: UInt64
  var sequences: [[Int32]]
  /// 1 for every token, but the first, that is a target.
  var targets: [[Int]]
  /// Of the titles, after every token of every sequence.
  var logProbabilities: [[[Float]]]
  var loss: Float
  var gradients: [Gradient]
  var trainingLosses: [Float]

  static let items = 24

  static func read() throws -> Golden {
    let url = try #require(
      Bundle.module.url(forResource: "llama", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  /// The model of golden.py, from the same counter-based numbers in the same order.
  func makeModel() -> LlamaModel {
    _ = oneThread
    var counter = seed
    func uniform() -> Float {
      var x = counter &* 0x9E37_79B9_7F4A_7C15
      counter += 1
      x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
      x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
      return Float((x ^ (x >> 31)) >> 40) * 0x1p-23 - 1
    }
    return LlamaModel(
      configuration: LlamaConfiguration(
        vocabularySize: 258 + Golden.items, hiddenSize: 16, intermediateSize: 24, layers: 2,
        heads: 4, keyValueHeads: 2, contextLength: 64)
    ) { _, rows, columns in
      Matrix(
        rows: rows, columns: columns,
        values: (0..<rows * columns).map { _ in uniform() * 0.5 + (rows == 1 ? 1 : 0) })
    }
  }

  var batch: [TrainingSequence] {
    zip(sequences, targets).map {
      TrainingSequence(tokens: $0, isTarget: [false] + $1.map { $0 == 1 })
    }
  }

  /// The first tokens of a sequence, without `<s>`, as a prompt.
  func prompt(_ sequence: [Int32], count: Int) -> Prompt {
    Prompt(
      sequence.prefix(count).dropFirst().map { token in
        token >= 258
          ? .item(token - 258) : .text(String(UnicodeScalar(UInt8(token - 2))))
      })
  }
}

/// The model against an independent implementation, Transformers' `LlamaForCausalLM`.
@Suite struct ParityTests {
  /// Both sides round sums of up to 24 products in float32, in another order: some ten ulps of a
  /// log-probability of about 15.
  private static let logProbabilityTolerance: Float = 2e-5
  /// The same relative to the norm of the parameter's gradient, through twice as many operations.
  private static let gradientTolerance: Float = 1e-5
  /// Ten steps amplify last bits, where Adam divides small gradients by their own size.
  private static let trainingTolerance: Float = 1e-4

  @Test func `every title's log-probability after every token agrees`() async throws {
    let golden = try Golden.read()
    let model = EmbeddedLanguageModel(
      model: golden.makeModel(), tokenizer: byteTokenizer(titles: Golden.items), identity: "")
    var largest: Float = 0
    for (sequence, expected) in zip(golden.sequences, golden.logProbabilities) {
      let found = try await model.itemLogProbabilities(
        sequence.indices.map { golden.prompt(sequence, count: $0 + 1) })
      for (row, values) in expected.enumerated() {
        for (a, b) in zip(found[row: row], values) { largest = max(largest, abs(a - b)) }
      }
    }
    print("parity: largest difference of log-probabilities \(largest)")
    #expect(largest <= Self.logProbabilityTolerance)
  }

  @Test func `loss and gradients agree`() throws {
    let golden = try Golden.read()
    let (loss, gradients) = lossAndGradients(golden.makeModel(), golden.batch)
    #expect(abs(loss - golden.loss) <= Self.logProbabilityTolerance)
    #expect(gradients.count == golden.gradients.count)
    var largest: Float = 0
    for expected in golden.gradients {
      let found = try #require(gradients[expected.name], "no gradient of \(expected.name)")
      let norm = found.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let difference = zip(found, expected.first).map { abs($0 - $1) }.max() ?? 0
      let relative = max(abs(norm - expected.norm), difference) / expected.norm
      largest = max(largest, relative)
      #expect(relative <= Self.gradientTolerance, "\(expected.name)")
    }
    print("parity: difference of loss \(abs(loss - golden.loss)), of gradients \(largest)")
  }

  @Test func `ten steps of AdamW give the same losses`() throws {
    let golden = try Golden.read()
    let trainer = LlamaTrainer(
      model: golden.makeModel(),
      configuration: .init(
        batchSize: 3, dropout: 0, optimizer: .init(beta2: 0.98, weightDecay: 0.05),
        gradientClip: 1, schedule: .linear(peak: 0.01, warmup: 3, total: 12)))
    var random = SeededRandom(seed: 1)
    let losses = golden.trainingLosses.map { _ in trainer.epoch(golden.batch, random: &random) }
    let largest = zip(losses, golden.trainingLosses).map { abs($0 - $1) }.max() ?? .infinity
    print("parity: largest difference of ten training losses \(largest)")
    #expect(largest <= Self.trainingTolerance)
    #expect(losses[9] < 0.6 * losses[0], "training had no effect: the check is void")
  }
}
