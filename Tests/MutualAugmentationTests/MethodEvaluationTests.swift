import Datasets
import Evaluation
import Foundations
import MutualAugmentation
import Recommenders
import Tensors
import TestSupport
import Testing

/// Three users with lists of three candidates, or with one rating each.
@Suite struct MethodEvaluationTests {
  private let interactions = [1, 3, 7]
  private let embeddings = Matrix(rows: 3, columns: 0)

  private typealias Question = CandidateScores.Question

  /// Answers to every question, drawn at random but for those given.
  private func answers(
    modes: [RankingMode?], length: Int, _ given: [Question: [Float]] = [:]
  ) -> [Question: [Float]] {
    var random = SeededRandom(seed: 12)
    var result: [Question: [Float]] = [:]
    for variant in PromptVariant.allCases {
      for mode in modes {
        for moment in Moment.allCases {
          result[Question(variant, mode, moment)] = (0..<3 * length).map { _ in
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
    _ given: [Question: [Float]] = [:]
  ) -> (results: [MethodResult], grid: [BlendChoice]) {
    let base = lists([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 0, 4, 6, 0, 7, 9, 0])
    let retrained = lists([3, 2, 1, 6, 5, 4, 9, 8, 7], [3, 1, 0, 6, 4, 0, 9, 7, 0])
    var scores = CandidateScores(task: .direct)
    for (isRetrained, predictions) in [(false, base), (true, retrained)] {
      scores.lists[.init(isRetrained: isRetrained, moment: .validation)] = .init(
        length: 3, items: predictions.validationItems, recommender: predictions.validationScores)
      scores.lists[.init(isRetrained: isRetrained, moment: .test)] = .init(
        length: 3, items: predictions.testItems, recommender: predictions.testScores)
    }
    scores.answers = answers(modes: [RankingMode.listwise, .pointwise], length: 3, given)
    scores.alone = [.test: [11, 1, 6, 5, 9, -1]]
    scores.aloneLength = 2
    return MethodEvaluation(
      base: base, retrained: retrained, scores: scores, validation: targets(validation),
      test: targets(test), interactions: interactions, choosing: choosing
    ).evaluate()
  }

  @Test func `every method has every metric of every test user`() throws {
    let (results, grid) = evaluate(test: [3, -1, 9])
    // Two backbones need a partner.
    let methods = Method.system.filter { $0 != .twoBackbones }
    #expect(results.map(\.method) == methods)
    #expect(results.allSatisfy { $0.values.map(\.count) == [2, 2, 2, 2, 2, 2] })
    #expect(
      results.map { $0.choice != nil }
        == methods.map { ![.base, .ift, .languageModelAlone].contains($0) })
    // Four variants, two modes, two utilities, five α₁, five α₂.
    #expect(grid.count == 400)
    #expect(results[2].choice == grid.best(higherIsBetter: true))
    #expect(results[5].choice?.isUniform == true)
  }

  @Test func `the test items change the metrics, never the choices`() throws {
    let first = evaluate(test: [1, 4, 7])
    for test in [[3, 6, 9], [0, 0, 0], [-1, 4, -1], [11, 11, 11]] as [[Int32]] {
      let other = evaluate(test: test)
      #expect(other.results.map(\.choice) == first.results.map(\.choice))
      #expect(other.grid == first.grid)
      #expect(other.results.map(\.values) != first.results.map(\.values))
    }
  }

  @Test func `only the users that choose are chosen by`() throws {
    let first = evaluate(test: [3, 6, 9])
    let stopping = evaluate(validation: [2, 6, 7], test: [3, 6, 9])
    #expect(stopping.grid == first.grid)
    #expect(stopping.results.map(\.values) == first.results.map(\.values))
    #expect(evaluate(validation: [2, 4, 8], test: [3, 6, 9]).grid != first.grid)
  }

  @Test func `a rank gives its metrics, a miss of the backbone gives zeros`() throws {
    let (results, _) = evaluate(test: [3, 11, 0])
    // HR@3, NDCG@3, HR@5, ... of ranks 1, none and 2.
    let base = results[0].values
    #expect(base[0] == [1, 0, 1])
    #expect(base[1] == [ndcg(rank: 1, at: 3), 0, 0.5])
    for result in results.dropLast() {
      #expect(result.values.allSatisfy { $0[1] == 0 }, "\(result.method)")
    }
    // The model's own lists have no backbone to miss.
    let alone = evaluate(test: [1, 6, 5]).results[8].values
    #expect(alone[1] == [ndcg(rank: 1, at: 3), 1, 0])
  }

  @Test func `blended rows follow from their choice`() throws {
    let (results, _) = evaluate(test: [3, 6, 9])
    let choice = try #require(results[2].choice)
    let scores = try #require(
      answers(modes: [RankingMode.listwise, .pointwise], length: 3)[
        Question(choice.variant, choice.mode, .test)])
    let items: [Int32] =
      choice.variant.usesRetrained ? [3, 1, 0, 6, 4, 0, 9, 7, 0] : [1, 3, 0, 4, 6, 0, 7, 9, 0]
    let ranks = ListBlending(
      lists: ScoredLists(
        length: 3, items: items, recommender: [9, 8, 1, 9, 8, 1, 9, 8, 1],
        languageModel: scores), interactions: interactions
    ).ranks(
      targets: [3, 6, 9], weights: choice.weights(interactions: interactions),
      utility: choice.utility)
    #expect(results[2].values[5] == ranks.map { ndcg(rank: $0, at: 10) })
  }

  /// What each row of the language model may read.
  private static let variants: [Method: Set<PromptVariant>] = [
    .llama4rec: [.augmentedRetrained, .plainRetrained, .augmentedBase, .plainBase],
    .withoutDataAugmentation: [.augmentedBase, .plainBase],
    .withoutPromptAugmentation: [.plainRetrained, .plainBase],
    .withoutAdaptiveAggregation: [
      .augmentedRetrained, .plainRetrained, .augmentedBase, .plainBase,
    ],
    .backboneCandidates: [.augmentedRetrained, .plainRetrained, .augmentedBase, .plainBase],
    .pretrainedOnly: [.pretrained], .ift: [.plainBase],
  ]

  @Test(arguments: PromptVariant.allCases)
  func `each row reads its own prompts`(variant: PromptVariant) {
    // The backbones list the target last; one variant puts it first, all others last.
    let list: [Int32] = [1, 0, 3, 1, 0, 3, 1, 0, 3]
    var scores = CandidateScores(task: .direct)
    for moment in Moment.allCases {
      for isRetrained in [false, true] {
        scores.lists[.init(isRetrained: isRetrained, moment: moment)] = .init(
          length: 3, items: list, recommender: [3, 2, 1, 3, 2, 1, 3, 2, 1])
      }
      for asked in PromptVariant.allCases {
        for mode in [RankingMode.listwise, .pointwise] {
          scores.answers[Question(asked, mode, moment)] = list.map {
            ($0 == 3) == (asked == variant) ? 9 : 0
          }
        }
      }
    }
    let predictions = lists(list, list)
    let results = MethodEvaluation(
      base: predictions, retrained: predictions, scores: scores,
      validation: targets([3, 3, 3]), test: targets([3, 3, 3]), interactions: [1, 1, 1],
      choosing: [true, true, true]
    ).evaluate().results
    for (method, read) in Self.variants {
      let values = results.first { $0.method == method }?.values[5]
      // With equal histories the adaptive weight is α₁ · α₂: enough to lift the target where it is 0.81.
      #expect((values == [1, 1, 1]) == read.contains(variant), "\(method)")
    }
  }

  @Test func `the tuned model alone reorders in the mode that is better on validation`() throws {
    // Pointwise knows the validation items and errs at test, listwise the other way round.
    let plain = PromptVariant.plainBase
    let (results, _) = evaluate(
      validation: [2, 6, 8], test: [1, 4, 7],
      [
        Question(plain, .listwise, .validation): [2, 1, 3, 3, 2, 1, 3, 1, 2],
        Question(plain, .pointwise, .validation): [1, 3, 2, 1, 2, 3, 1, 3, 2],
        Question(plain, .listwise, .test): [3, 2, 1, 3, 2, 1, 3, 2, 1],
        Question(plain, .pointwise, .test): [1, 2, 3, 1, 2, 3, 1, 2, 3],
      ])
    #expect(results[1].values[1] == [0.5, 0.5, 0.5])
  }

  // MARK: Ratings

  private func evaluateRatings(
    test: [Float], actual: [Float] = [4, 2, 5], choosing: [Bool] = [true, true, false]
  ) -> (results: [MethodResult], grid: [BlendChoice]) {
    var base = Predictions(task: .rating, candidates: 0, userEmbeddings: embeddings)
    base.validationRatings = [3, 3, 3]
    base.testRatings = [3, 3, 3]
    var retrained = base
    retrained.validationRatings = [3.5, 2.5, 3]
    retrained.testRatings = [2, 2, 2]
    var scores = CandidateScores(task: .rating)
    scores.answers = answers(
      modes: [nil], length: 1, [Question(.plainBase, nil, .test): [1, 4, 5]])
    return MethodEvaluation(
      base: base, retrained: retrained, scores: scores,
      validation: targets([1, 2, 3], ratings: actual),
      test: targets([4, -1, 6], ratings: test), interactions: interactions, choosing: choosing
    ).evaluate()
  }

  @Test func `ratings are measured by squared and absolute errors`() throws {
    let (results, grid) = evaluateRatings(test: [5, 0, 2])
    #expect(
      results.map(\.method)
        == Method.system.filter { ![.backboneCandidates, .twoBackbones].contains($0) })
    #expect(grid.count == 100)
    #expect(results[0].values == [[4, 1], [2, 1]])
    // The model's own ratings are 1 and 5.
    #expect(results[1].values == [[16, 9], [4, 3]])
    #expect(results.last?.values == results[1].values)
    let choice = try #require(results[2].choice)
    #expect(choice == grid.best(higherIsBetter: false))
    let weight = choice.weights(interactions: interactions)[0]
    let model = try #require(
      answers(modes: [nil], length: 1, [Question(.plainBase, nil, .test): [1, 4, 5]])[
        Question(choice.variant, nil, .test)])[0]
    let backbone: Float = choice.variant.usesRetrained ? 2 : 3
    #expect(
      abs(results[2].values[1][0] - abs((1 - weight) * backbone + weight * model - 5)) < 1e-6)
  }

  @Test func `test ratings change no choice, nor do users who do not choose`() throws {
    let first = evaluateRatings(test: [5, 0, 2])
    #expect(evaluateRatings(test: [1, 0, 1]).grid == first.grid)
    #expect(
      evaluateRatings(test: [1, 0, 1]).results.map(\.choice) == first.results.map(\.choice))
    #expect(evaluateRatings(test: [5, 0, 2], actual: [4, 2, 1]).grid == first.grid)
    #expect(evaluateRatings(test: [5, 0, 2], actual: [1, 5, 5]).grid != first.grid)
  }
}
