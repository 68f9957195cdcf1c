import Datasets
import Evaluation
import Foundations
import MutualAugmentation
import Recommenders
import Tensors
import Testing

/// Three users with lists of three candidates, or with one rating each.
@Suite struct MethodEvaluationTests {
  private let methods = [
    "base", "ift", "llama4rec", "without-data-augmentation", "without-prompt-augmentation",
    "without-adaptive-aggregation", "pretrained-only", "language-model-alone",
  ]
  private let interactions = [1, 3, 7]
  private let embeddings = Matrix(rows: 3, columns: 0)

  /// Scores of every variant, mode and moment, drawn at random but for those given.
  private func columns(
    modes: [String], length: Int, _ given: [String: [Float]] = [:]
  ) -> [String: [Float]] {
    var random = SeededRandom(seed: 12)
    var result: [String: [Float]] = [:]
    for variant in PromptVariant.allCases {
      for mode in modes {
        for moment in Moment.allCases {
          result[variant.column(mode, moment)] = (0..<3 * length).map { _ in
            1 + 4 * random.uniform()
          }
        }
      }
    }
    return result.merging(given) { _, given in given }
  }

  private func lists(_ validation: [Int32], _ test: [Int32]) -> Predictions {
    var result = Predictions(task: .direct, candidates: 3, userEmbeddings: embeddings)
    result.validationItems = validation
    result.validationScores = [9, 8, 1, 9, 8, 1, 9, 8, 1]
    result.testItems = test
    result.testScores = [9, 8, 1, 9, 8, 1, 9, 8, 1]
    return result
  }

  private func evaluate(
    validation: [Int32] = [2, 6, 8], test: [Int32], choosing: [Bool] = [true, true, false],
    _ given: [String: [Float]] = [:]
  ) throws -> (results: [MethodResult], grid: [BlendChoice]) {
    let columns = columns(modes: ["listwise", "pointwise"], length: 3, given)
    return try MethodEvaluation(
      base: lists([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 0, 4, 6, 0, 7, 9, 0]),
      retrained: lists([3, 2, 1, 6, 5, 4, 9, 8, 7], [3, 1, 0, 6, 4, 0, 9, 7, 0]),
      validation: targets(validation), test: targets(test), interactions: interactions,
      choosing: choosing, modes: ["listwise", "pointwise"],
      alone: (items: [11, 1, 6, 5, 9, -1], length: 2), column: { columns[$0] ?? [] }
    ).evaluate()
  }

  @Test func `every method has every metric of every test user`() throws {
    let (results, grid) = try evaluate(test: [3, -1, 9])
    #expect(results.map(\.method) == methods)
    #expect(results.allSatisfy { $0.values.map(\.count) == [2, 2, 2, 2, 2, 2] })
    #expect(
      results.map { $0.choice != nil }
        == methods.map { name in
          !["base", "ift", "language-model-alone"].contains(name)
        })
    // Two modes, two utilities, five α₁, five α₂.
    #expect(grid.count == 100)
    #expect(results[2].choice == grid.best(higherIsBetter: true))
    #expect(results[5].choice?.isUniform == true)
  }

  @Test func `the test items change the metrics, never the choices`() throws {
    let first = try evaluate(test: [1, 4, 7])
    for test in [[3, 6, 9], [0, 0, 0], [-1, 4, -1], [11, 11, 11]] as [[Int32]] {
      let other = try evaluate(test: test)
      #expect(other.results.map(\.choice) == first.results.map(\.choice))
      #expect(other.grid == first.grid)
      #expect(other.results.map(\.values) != first.results.map(\.values))
    }
  }

  @Test func `only the users that choose are chosen by`() throws {
    let first = try evaluate(test: [3, 6, 9])
    let stopping = try evaluate(validation: [2, 6, 7], test: [3, 6, 9])
    #expect(stopping.grid == first.grid)
    #expect(stopping.results.map(\.values) == first.results.map(\.values))
    #expect(try evaluate(validation: [2, 4, 8], test: [3, 6, 9]).grid != first.grid)
  }

  @Test func `a rank gives its metrics, a miss of the backbone gives zeros`() throws {
    let (results, _) = try evaluate(test: [3, 11, 0])
    // HR@3, NDCG@3, HR@5, ... of ranks 1, none and 2.
    let base = results[0].values
    #expect(base[0] == [1, 0, 1])
    #expect(base[1] == [ndcg(rank: 1, at: 3), 0, 0.5])
    for result in results.dropLast() {
      #expect(result.values.allSatisfy { $0[1] == 0 }, "\(result.method)")
    }
    // The model's own lists have no backbone to miss.
    let alone = try evaluate(test: [1, 6, 5]).results[7].values
    #expect(alone[1] == [ndcg(rank: 1, at: 3), 1, 0])
  }

  @Test func `blended rows follow from their choice`() throws {
    let (results, _) = try evaluate(test: [3, 6, 9])
    let choice = try #require(results[2].choice)
    let columns = columns(modes: ["listwise", "pointwise"], length: 3)
    let scores = try #require(
      columns[PromptVariant.augmentedRetrained.column(choice.mode, .test)])
    let ranks = ListBlending(
      lists: ScoredLists(
        length: 3, items: [3, 1, 0, 6, 4, 0, 9, 7, 0], recommender: [9, 8, 1, 9, 8, 1, 9, 8, 1],
        languageModel: scores), interactions: interactions
    ).ranks(
      targets: [3, 6, 9], weights: choice.weights(interactions: interactions),
      utility: choice.utility)
    #expect(results[2].values[5] == ranks.map { ndcg(rank: $0, at: 10) })
  }

  @Test func `the tuned model alone reorders in the mode that is better on validation`() throws {
    // Pointwise knows the validation items and errs at test, listwise the other way round.
    let plain = PromptVariant.plainBase
    let (results, _) = try evaluate(
      validation: [2, 6, 8], test: [1, 4, 7],
      [
        plain.column("listwise", .validation): [2, 1, 3, 3, 2, 1, 3, 1, 2],
        plain.column("pointwise", .validation): [1, 3, 2, 1, 2, 3, 1, 3, 2],
        plain.column("listwise", .test): [3, 2, 1, 3, 2, 1, 3, 2, 1],
        plain.column("pointwise", .test): [1, 2, 3, 1, 2, 3, 1, 2, 3],
      ])
    #expect(results[1].values[1] == [0.5, 0.5, 0.5])
  }

  // MARK: Ratings

  private func evaluateRatings(
    test: [Float], actual: [Float] = [4, 2, 5], choosing: [Bool] = [true, true, false]
  ) throws -> (results: [MethodResult], grid: [BlendChoice]) {
    var base = Predictions(task: .rating, candidates: 0, userEmbeddings: embeddings)
    base.validationRatings = [3, 3, 3]
    base.testRatings = [3, 3, 3]
    var retrained = base
    retrained.validationRatings = [3.5, 2.5, 3]
    retrained.testRatings = [2, 2, 2]
    let columns = columns(
      modes: ["rating"], length: 1, [PromptVariant.plainBase.column("rating", .test): [1, 4, 5]])
    return try MethodEvaluation(
      base: base, retrained: retrained, validation: targets([1, 2, 3], ratings: actual),
      test: targets([4, -1, 6], ratings: test), interactions: interactions, choosing: choosing,
      modes: [], alone: nil, column: { columns[$0] ?? [] }
    ).evaluate()
  }

  @Test func `ratings are measured by squared and absolute errors`() throws {
    let (results, grid) = try evaluateRatings(test: [5, 0, 2])
    #expect(results.map(\.method) == methods)
    #expect(grid.count == 25)
    #expect(results[0].values == [[4, 1], [2, 1]])
    // The model's own ratings are 1 and 5.
    #expect(results[1].values == [[16, 9], [4, 3]])
    #expect(results[7].values == results[1].values)
    let choice = try #require(results[2].choice)
    #expect(choice == grid.best(higherIsBetter: false))
    let weight = choice.weights(interactions: interactions)[0]
    let columns = columns(modes: ["rating"], length: 1)
    let model = try #require(columns[PromptVariant.augmentedRetrained.column("rating", .test)])[0]
    #expect(abs(results[2].values[1][0] - abs((1 - weight) * 2 + weight * model - 5)) < 1e-6)
  }

  @Test func `test ratings change no choice, nor do users who do not choose`() throws {
    let first = try evaluateRatings(test: [5, 0, 2])
    #expect(try evaluateRatings(test: [1, 0, 1]).grid == first.grid)
    #expect(
      try evaluateRatings(test: [1, 0, 1]).results.map(\.choice) == first.results.map(\.choice))
    #expect(try evaluateRatings(test: [5, 0, 2], actual: [4, 2, 1]).grid == first.grid)
    #expect(try evaluateRatings(test: [5, 0, 2], actual: [1, 5, 5]).grid != first.grid)
  }
}
