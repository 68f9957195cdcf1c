import Foundations
import LanguageModels
import Tensors
import Testing

/// The whole model with composed titles.
@Suite struct GradientTests {
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

  @Test func `gradients agree with central differences of the loss`() throws {
    let model = tinyModel(tokenizer)
    model.compose(from: pieces)
    let batch = batch
    let gradients = lossAndGradients(model, batch).gradients
    var random = SeededRandom(seed: 8)
    var largest: Float = 0
    for parameter in model.parameters {
      let gradient = try #require(gradients[parameter.name])
      // The steepest element, and two drawn ones; of the table also a letter that only titles use.
      let steepest = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      var elements = [steepest, random.below(gradient.count), random.below(gradient.count)]
      if parameter.name == model.embedding.name { elements.append(101 * 16 + 3) }
      #expect(abs(gradient[steepest]) > 0.005, "\(parameter.name) has no influence")
      for element in elements {
        let slope = slope(model, parameter, element, batch)
        largest = max(largest, abs(gradient[element] - slope))
        #expect(
          abs(gradient[element] - slope) <= Self.tolerance,
          "\(parameter.name)[\(element)]: gradient \(gradient[element]), slope \(slope)")
      }
    }
    print("gradients: largest difference to central differences \(largest)")
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
