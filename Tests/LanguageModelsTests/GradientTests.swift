import Foundations
import LanguageModels
import Tensors
import TestSupport
import Testing

/// The whole model, in every way in which it is trained.
@Suite struct GradientTests {
  /// A model and what of it learns.
  enum Variant: String, CaseIterable {
    case composedTitles
    /// Biases, an output layer of its own, heads wider than their share, scaled rotary positions.
    case everyPart
    /// The same, with adapters on some projections and all else frozen.
    case adapters
  }

  private let tokenizer = byteTokenizer(titles: 6)

  /// Titles 0 to 4 of two letters each, title 5 of none.
  private var pieces: [[Int32]] {
    let plain = [[Int32]](repeating: [], count: 258)
    return plain + (0..<5).map { [99 + $0, 100 + $0] } + [[]]
  }

  private var batch: [TrainingSequence] {
    [[0, 258, 262, 99, 263], [0, 100, 260, 259, 261, 102, 258]].map {
      TrainingSequence(tokens: $0, isTarget: $0.indices.map { $0 > 0 && $0 != 3 })
    }
  }

  /// Step of the differences.
  private static let step: Float = 0.02
  /// Ten times what is measured.
  ///
  /// The fourth-order formula errs by step⁴ / 30 = 5e-9 of the fifth derivative; rounding a loss of
  /// about 6 adds some 5e-7 / step. A wrong formula is off by as much as the slopes, 0.01 to 1.
  private static let tolerance: Float = 2e-4

  private func model(_ variant: Variant) -> LlamaModel {
    guard variant != .composedTitles else {
      let model = tinyModel(tokenizer)
      model.compose(from: pieces)
      return model
    }
    let model = everyPartModel(vocabularySize: tokenizer.vocabularySize)
    guard variant == .adapters else { return model }
    model.adapt(["q_proj", "k_proj", "o_proj", "down_proj"], rank: 2, alpha: 3, seed: 5)
    var random = SeededRandom(seed: 9)
    for (_, adapter) in model.adapters {
      adapter.up.value = Matrix.normal(
        rows: adapter.up.value.rows, columns: 2, deviation: 0.3, using: &random)
    }
    return model
  }

  @Test(arguments: Variant.allCases)
  func `gradients agree with central differences of the loss`(variant: Variant) throws {
    let model = model(variant)
    let batch = batch
    let gradients = lossAndGradients(model, batch).gradients
    var random = SeededRandom(seed: 8)
    var largest: Float = 0
    for parameter in model.parameters {
      let gradient = try #require(gradients[parameter.name])
      // The steepest element, and two drawn ones; of the table also a letter that only titles use.
      let steepest = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      var elements = [steepest, random.below(gradient.count), random.below(gradient.count)]
      if parameter.name == model.embedding.name, variant == .composedTitles {
        elements.append(101 * 16 + 3)
      }
      #expect(abs(gradient[steepest]) > 0.005, "\(parameter.name) has no influence")
      for element in elements {
        let slope = slope(model, parameter, element, batch)
        largest = max(largest, abs(gradient[element] - slope))
        #expect(
          abs(gradient[element] - slope) <= Self.tolerance,
          "\(parameter.name)[\(element)]: gradient \(gradient[element]), slope \(slope)")
      }
    }
    print("gradients: \(variant): largest difference to central differences \(largest)")
  }

  private func slope(
    _ model: LlamaModel, _ parameter: Parameter, _ element: Int, _ batch: [TrainingSequence]
  ) -> Float {
    let center = parameter.value.values[element]
    var sum = 0.0
    for (shift, weight) in [(2, -1.0), (1, 8), (-1, -8), (-2, 1)] {
      parameter.value.values[element] = center + Float(shift) * Self.step
      sum += weight * Double(lossAndGradients(model, batch).loss)
    }
    parameter.value.values[element] = center
    return Float(sum / (12 * Double(Self.step)))
  }

  @Test(arguments: [
    GradientCase("a projection with an adapter", [(3, 5), (7, 5), (1, 7), (2, 5), (7, 2)]) {
      $0.adaptedLinear($1[0], weight: $1[1], bias: $1[2], down: $1[3], up: $1[4], scale: 1.5)
    },
    GradientCase("a frozen projection with an adapter", [(3, 5), (2, 5), (7, 2)]) { tape, x in
      let weight = Matrix(rows: 7, columns: 5, values: (0..<35).map { Float($0 % 8) / 8 - 0.4 })
      return tape.adaptedLinear(
        x[0], weight: tape.constant(weight), bias: nil, down: x[1], up: x[2], scale: 0.5)
    },
  ])
  func `gradients of operations agree with central differences`(operation: GradientCase) {
    operation.check()
  }

  @Test func `adapters alone learn, and merging them changes no logit`() throws {
    let model = everyPartModel(vocabularySize: tokenizer.vocabularySize)
    let (plain, weights) = (model.logits(after: batch[0].tokens), model.mergedWeights)
    model.adapt(["v_proj", "up_proj"], rank: 3, alpha: 6, seed: 2)
    #expect(model.logits(after: batch[0].tokens) == plain)
    #expect(
      model.parameters.map(\.name).prefix(2) == [
        "model.layers.0.self_attn.v_proj.lora_A.weight",
        "model.layers.0.self_attn.v_proj.lora_B.weight",
      ])
    let trainer = LlamaTrainer(
      model: model,
      configuration: .init(
        batchSize: 2, dropout: 0, optimizer: .init(),
        schedule: .linear(peak: 0.03, warmup: 1, total: 9)))
    var random = SeededRandom(seed: 1)
    let losses = (0..<5).map { _ in trainer.epoch(batch, random: &random) }
    #expect(losses[4] < losses[0] - 0.05)
    for parameter in model.baseParameters {
      #expect(parameter.value == weights[parameter.name], "\(parameter.name) was frozen")
    }
    let merged = model.mergedWeights
    #expect(Set(merged.keys.filter { merged[$0] != weights[$0] }).count == 4)
    let copy = LlamaModel(configuration: model.configuration) { name, rows, columns in
      merged[name] ?? Matrix(rows: rows, columns: columns)
    }
    let adapted = model.logits(after: batch[0].tokens)
    let largest = zip(copy.logits(after: batch[0].tokens).values, adapted.values)
      .map { abs($0 - $1) }.max()
    #expect(largest ?? 1 < 1e-4)
    #expect(zip(plain.values, adapted.values).contains { abs($0 - $1) > 0.1 })
  }

  @Test func `a composed title is its own vector plus the mean of its pieces`() {
    let model = tinyModel(tokenizer)
    let own = model.embedding.value
    model.compose(from: pieces)
    model.foldComposition()
    #expect(model.composition == nil)
    for column in 0..<16 {
      let mean = (own[100, column] + own[101, column]) / 2
      #expect(abs(model.embedding.value[259, column] - (own[259, column] + mean)) < 1e-6)
      #expect(model.embedding.value[263, column] == own[263, column])
      #expect(model.embedding.value[100, column] == own[100, column])
    }
  }

  @Test func `folding the composition changes no score and no loss`() async throws {
    let model = tinyModel(tokenizer)
    model.compose(from: pieces)
    let prompt = [Prompt.text("ab") + .items(3, 0)]
    let query = [
      ScoringQuery(prompt: prompt[0], branches: [.init(answers: [.items(5), .text("dc")])])
    ]
    func score() async throws -> ([[[Float]]], Matrix, Float) {
      let scorer = EmbeddedLanguageModel(model: model, tokenizer: tokenizer, identity: "")
      return (
        try await scorer.score(query), try await scorer.itemLogProbabilities(prompt),
        lossAndGradients(model, batch).loss
      )
    }
    let composed = try await score()
    model.foldComposition()
    let folded = try await score()
    #expect(folded == composed)
  }
}
