import Artifacts
import Foundation
import Foundations
import LanguageModels
import Tensors
import Testing

/// Title tokens on the first layers of a checkpoint.
@Suite struct TitleCheckpointTests {
  private static let vocabulary = TitleVocabulary(
    texts: ["Heat", "Alien", "Fargo"], words: [" yes", " no"],
    descriptions: [
      "Heat", "Alien night", "Fargo", "The Third Man", "Up", "Jaws of the sea", "Big", "Zulu 1964",
    ])

  private let checkpoint: Checkpoint

  init() throws { checkpoint = try withFolder { try tinyCheckpoint(in: $0) } }

  private func model(layers: Int = 1) throws -> some TunableModel & CatalogueRanking {
    try makeTitleLlama(
      Self.vocabulary, merges: 3, from: checkpoint, layers: layers, contextLength: 32)
  }

  @Test func `vectors begin as the means of their words', layers as they are`() throws {
    let artifact = try model().artifact()
    let table = try artifact.floats("model.embed_tokens.weight")
    let width = checkpoint.configuration.hiddenSize
    let words = try checkpoint.weights.matrix(
      "model.embed_tokens.weight", rows: checkpoint.configuration.vocabularySize, columns: width)
    let first = table.count / width - 8
    for (row, text) in [(first + 3, "The Third Man"), (first - 2, " yes")] {
      let tokens = checkpoint.tokenizer.encode(text)
      for column in 0..<width {
        let mean = tokens.reduce(0) { $0 + words[Int($1), column] } / Float(tokens.count)
        #expect(abs(table[row * width + column] - mean) < 1e-6, "\(text)")
      }
    }
    let name = "model.layers.0.mlp.up_proj.weight"
    let shape = try #require(checkpoint.weights.shape(of: name))
    #expect(
      try artifact.floats(name)
        == checkpoint.weights.matrix(name, rows: shape[0], columns: shape[1]).values)
    #expect(!artifact.has("model.layers.1.mlp.up_proj.weight"))
    #expect(throws: CheckpointError.self) { try model(layers: 3) }
  }

  @Test(arguments: [true, false])
  func `a planted rule is learned, and kept as a plain title Llama`(
    hasAdapters: Bool
  ) async throws {
    var random = SeededRandom(seed: 2)
    let texts = (0..<24).map { start in
      var text = TrainingText()
      text.read(.items(Int32(start % 8)))
      text.learn(.items(Int32((start + 1) % 8)))
      return text
    }
    let adapters = AdapterOptions(rank: 2, alpha: 4)
    var epoch: Float = 0
    let before = try model()
    let (tuned, curve) = try await before.trained(
      name: "titles", loop: EarlyStoppingTrainer(epochs: 80, patience: 80, higherIsBetter: true),
      recipe: TrainingRecipe(
        batchSize: 8, dropout: 0, optimizer: .init(),
        schedule: .linear(peak: 0.02, warmup: 2, total: 240),
        checkpoint: CheckpointTuning(adapters: hasAdapters ? adapters : nil)),
      random: &random, monitor: SilentMonitor(), metricName: "epoch", texts: { _ in texts },
      validate: { _ in
        epoch += 1
        return epoch
      })
    #expect((curve.last?.loss ?? 9) < 0.5 * curve[0].loss)
    let queries = (0..<8).map { CatalogueQuery(prompt: .items($0)) }
    let lists = try await tuned.rank(queries, count: 3)
    // Chance is right once.
    #expect(lists.enumerated().count { $1.items[0] == Int32(($0 + 1) % 8) } >= 6)

    let artifact = try tuned.artifact()
    #expect(artifact.columnNames.allSatisfy { !$0.contains("lora") })
    let norm = "model.layers.0.input_layernorm.weight"
    let isFrozen = try artifact.floats(norm) == before.artifact().floats(norm)
    #expect(isFrozen == hasAdapters)
    let read = try readLanguageModel(artifact, identity: "kept").rankingCatalogue()
    #expect(try await read.rank(queries, count: 3) == lists)
  }
}
