import Foundations
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct TrainingTests {
  private static let items = 12
  private let tokenizer = byteTokenizer(titles: items)

  /// The planted rule: title i is followed by title i + 1, in a circle.
  private func sequences(count: Int = 48) -> [TrainingSequence] {
    (0..<count).map { start in
      let tokens = (0..<7).map { tokenizer.firstTitle + Int32((start + $0) % Self.items) }
      return TrainingSequence(
        tokens: [0] + tokens, isTarget: [false, false] + tokens.dropFirst().map { _ in true })
    }
  }

  private func makeTrainer() -> LlamaTrainer {
    LlamaTrainer(
      model: tinyModel(tokenizer, layers: 1),
      configuration: .init(
        batchSize: 8, dropout: 0.1, optimizer: .init(beta2: 0.98, weightDecay: 0.05),
        schedule: .linear(peak: 0.01, warmup: 6, total: 60)))
  }

  @Test func `a planted rule of next titles is learned`() async throws {
    let trainer = makeTrainer()
    var random = SeededRandom(seed: 1)
    let losses = (0..<10).map { _ in trainer.epoch(sequences(), random: &random) }
    #expect(losses[9] < 0.3 * losses[0])
    let model = EmbeddedLanguageModel(model: trainer.model, tokenizer: tokenizer, identity: "")
    // Chance is right once in twelve times.
    let scores = try await model.itemLogProbabilities((0..<12).map { .items($0, ($0 + 1) % 12) })
    let right = (0..<12).count { row in
      let values = Array(scores[row: row])
      return values.max() == values[(row + 2) % 12]
    }
    #expect(right >= 11)
  }

  /// Trains ten epochs on a sample of the titles, whose vectors are composed and stepped row by row.
  private func trainOnSample(
    count: Int, epochs: Int = 10
  ) throws -> (losses: [Float], model: LlamaModel) {
    let trainer = makeTrainer()
    let words = [[Int32]](repeating: [], count: Int(tokenizer.firstTitle))
    let titles = (0..<Int32(Self.items)).map { item -> [Int32] in [10 + item % 5, 20 + item % 7] }
    trainer.model.compose(from: words + titles)
    trainer.model.embedding.stepsTouchedRows()
    var random = SeededRandom(seed: 1)
    let losses = try (0..<epochs).map { _ in
      let vocabulary = try #require(
        SampledVocabulary(tokenizer, sequences(), fullTitles: 1, count: count))
      return trainer.epoch(sequences(), comparing: vocabulary, random: &random)
    }
    return (losses, trainer.model)
  }

  @Test func `a planted rule is learned from a sample of the titles`() async throws {
    let (losses, trained) = try trainOnSample(count: 4)
    #expect(losses[9] < 0.4 * losses[0])
    let model = EmbeddedLanguageModel(model: trained, tokenizer: tokenizer, identity: "")
    let lists = try await model.rank(
      (0..<12).map { CatalogueQuery(prompt: .items($0, ($0 + 1) % 12)) }, count: 1)
    #expect((0..<12).count { lists[$0].items == [Int32(($0 + 2) % 12)] } >= 11)
  }

  @Test func `the loss of a large sample is that of all titles`() throws {
    func first(_ vocabulary: SampledVocabulary?) -> Float {
      var random = SeededRandom(seed: 1)
      let trainer = LlamaTrainer(
        model: tinyModel(tokenizer, layers: 1),
        configuration: .init(
          batchSize: 48, dropout: 0, optimizer: .init(),
          schedule: .linear(peak: 0.01, warmup: 6, total: 60)))
      return trainer.epoch(sequences(), comparing: vocabulary, random: &random)
    }
    let vocabulary = try #require(
      SampledVocabulary(tokenizer, sequences(), fullTitles: 1, count: 5000))
    #expect(abs(first(vocabulary) - first(nil)) < 0.01)
    #expect(SampledVocabulary(tokenizer, sequences(), fullTitles: Self.items) == nil)
  }

  @Test func `only targets count`() async throws {
    let all = sequences(count: 1)
    var none = all
    none[0].isTarget = none[0].isTarget.map { _ in false }
    let trainer = makeTrainer()
    let before = trainer.model.parameters.map(\.value)
    var random = SeededRandom(seed: 1)
    #expect(trainer.epoch(none, random: &random) == 0)
    #expect(trainer.model.parameters.map(\.value) == before)
    #expect(trainer.optimizer.steps == 0)

    // The loss of one target is the negative log-probability of its token.
    var one = all
    one[0].isTarget = all[0].tokens.indices.map { $0 == 3 }
    let loss = lossAndGradients(trainer.model, one).loss
    let model = EmbeddedLanguageModel(model: trainer.model, tokenizer: tokenizer, identity: "")
    let scores = try await model.itemLogProbabilities([.items(0, 1)])
    #expect(abs(loss + scores[0, 2]) < 1e-5)
  }

  /// Trains six epochs, and says what came out: curve, weights, steps.
  private func train(
    _ monitor: MemoryMonitor
  ) throws -> (curve: [CurvePoint], weights: [Matrix], steps: Int) {
    let trainer = makeTrainer()
    var random = SeededRandom(seed: 5)
    let curve = try EarlyStoppingTrainer(epochs: 6, patience: 6, higherIsBetter: false).train(
      name: "tiny", optimizer: trainer.optimizer, random: &random, monitor: monitor,
      metricName: "loss"
    ) { _, random in
      trainer.epoch(sequences(count: 24), random: &random)
    } validate: {
      lossAndGradients(trainer.model, sequences(count: 12)).loss
    }
    return (curve, trainer.model.parameters.map(\.value), trainer.optimizer.steps)
  }

  @Test(arguments: [1, 3, 5])
  func `training that was killed and started again ends with the same bits`(saves: Int) throws {
    let straight = try train(MemoryMonitor())
    let monitor = MemoryMonitor(killAfter: saves)
    #expect(throws: MemoryMonitor.Killed()) { try train(monitor) }
    let resumed = try train(monitor)
    #expect(resumed.curve == straight.curve)
    #expect(resumed.weights == straight.weights)
    #expect(resumed.steps == straight.steps)
    #expect(straight.curve.count == 6)
  }
}
