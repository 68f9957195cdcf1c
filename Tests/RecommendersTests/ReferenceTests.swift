import Datasets
import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

/// The simple models against numbers worked by hand.
@Suite struct ReferenceTests {
  @Test func popularityListsByCountAndThenByRow() throws {
    let data = TrainingData(
      train: histories([[2, 0], [2], [2, 3], [1]], itemCount: 5),
      validation: targets([3, -1, 0, -1]))
    let predictions = try train(.popularity, data, small(.popularity), candidates: 3).predictions
    // Counts 1, 1, 3, 1, 0.
    #expect(predictions.validationItems == [1, 3, 4, 0, 1, 3, 0, 1, 4, 2, 0, 3])
    #expect(predictions.validationScores == [1, 1, 0, 1, 1, 1, 1, 1, 0, 3, 1, 1])
    #expect(Array(predictions.testItems.prefix(3)) == [1, 4, -1])
  }

  @Test func easeOfTwoItemsIsARidgeRegression() throws {
    // Item 0 has users 0, 1, 2 and item 1 users 1, 2, 3: to predict one from the other alone the
    // weight is ⟨x_0, x_1⟩ / (‖x_0‖² + λ) = 2 / (3 + 0.5).
    let data = TrainingData(
      train: histories([[0], [0, 1], [1, 0], [1]], itemCount: 2),
      validation: targets([-1, -1, -1, -1]))
    var configuration = small(.ease)
    configuration.penalties = [0.5]
    let predictions = try train(.ease, data, configuration, candidates: 1).predictions
    #expect(predictions.validationItems == [1, -1, -1, 0])
    let expected: Float = 2 / 3.5
    #expect(abs(predictions.validationScores[0] - expected) < 1e-6)
    #expect(abs(predictions.validationScores[3] - expected) < 1e-6)
  }

  @Test func easeOfThreeItemsIsARidgeRegressionOnTheOthers() throws {
    // XᵀX = [[3, 2, 1], [2, 3, 2], [1, 2, 2]]. Column 2 on items 0 and 1 with λ = 1 solves [[4, 2],
    // [2, 4]] b = (1, 2), b = (0, 1/2); column 0 on 1 and 2 solves [[4, 2], [2, 3]] b = (2, 1), b =
    // (1/2, 0).
    let data = TrainingData(
      train: histories([[0, 1, 2], [0, 1], [0], [1, 2]], itemCount: 3),
      validation: targets([-1, -1, -1, -1]))
    var configuration = small(.ease)
    configuration.penalties = [1]
    let predictions = try train(.ease, data, configuration, candidates: 1).predictions
    #expect(predictions.validationItems == [-1, 2, 1, 0])
    #expect(abs(predictions.validationScores[1] - 0.5) < 1e-6)
    #expect(abs(predictions.validationScores[3] - 0.5) < 1e-6)
  }

  @Test func validationChoosesThePenalty() throws {
    var configuration = small(.ease)
    configuration.penalties = [1e6, 1, 1e5]
    let trained = try train(.ease, checkerboard(), configuration)
    #expect(trained.curve.map(\.epoch) == [1, 2, 3])
    let best = trained.curve.max { $0.validation < $1.validation }
    let index = (best?.epoch ?? 0) - 1
    #expect(try trained.parameter("penalty").values == [configuration.penalties[index]])
  }

  @Test func biasesSolveTheirNormalEquations() throws {
    let lists: [[Int32]] = [[0, 1, 2], [1, 2], [0, 3]]
    let ratings: [[Float]] = [[5, 3, 4], [2, 1], [4, 5]]
    let data = TrainingData(
      train: histories(lists, ratings: ratings, itemCount: 5),
      validation: targets([-1, -1, -1]), questions: [3, 0, 4])
    var configuration = small(.bias)
    configuration.penalties = [0.7]
    let trained = try train(.bias, data, configuration)
    let users = try trained.parameter("users").values
    let items = try trained.parameter("items").values
    let mean: Float = 24 / 7
    var userResiduals = users.map { -0.7 * $0 }
    var itemResiduals = items.map { -0.7 * $0 }
    for user in 0..<3 {
      for (item, rating) in zip(lists[user], ratings[user]) {
        let residual = rating - mean - users[user] - items[Int(item)]
        userResiduals[user] += residual
        itemResiduals[Int(item)] += residual
      }
    }
    #expect((userResiduals + itemResiduals).allSatisfy { abs($0) < 1e-4 })
    #expect(items[4] == 0)
    let expected = [mean + users[0] + items[3], mean + users[1] + items[0], mean + users[2]]
      .map { min(max($0, 1), 5) }
    #expect(zip(trained.predictions.testRatings, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func threeStepsOfMatrixFactorizationFollowTheFormulas() throws {
    // One user with item 0 of two: the only triple there can be is (0, 0, 1).
    let data = TrainingData(train: histories([[0]], itemCount: 2), validation: targets([-1]))
    var configuration = small(.mf)
    configuration.embeddingDimension = 3
    configuration.initialDeviation = 0.5
    configuration.l2 = 0.1
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    let start = try train(.mf, data, configuration)
    configuration.epochs = 3
    configuration.learningRate = 0.05
    let trained = try train(.mf, data, configuration)

    // u, i, j behind one another, in Double, with Adam as published.
    var w = try (start.parameter("users").values + start.parameter("items").values).map(Double.init)
    var m = [Double](repeating: 0, count: 9)
    var v = m
    var losses: [Double] = []
    for step in 1...3 {
      let margin = (0..<3).reduce(0.0) { $0 + w[$1] * (w[3 + $1] - w[6 + $1]) }
      let norm = w.reduce(0.0) { $0 + $1 * $1 }
      losses.append(log(1 + exp(-margin)) + 0.1 / 2 * norm)
      let slope = -1 / (1 + exp(margin))
      let gradient = (0..<9).map { k -> Double in
        let d = k % 3
        let data = [w[3 + d] - w[6 + d], w[d], -w[d]][k / 3]
        return slope * data + 0.1 * w[k]
      }
      for k in 0..<9 {
        m[k] = 0.9 * m[k] + 0.1 * gradient[k]
        v[k] = 0.999 * v[k] + 0.001 * gradient[k] * gradient[k]
        let (first, second) = (m[k] / (1 - pow(0.9, step)), v[k] / (1 - pow(0.999, step)))
        w[k] -= 0.05 * first / (second.squareRoot() + 1e-8)
      }
    }
    let found = try trained.parameter("users").values + trained.parameter("items").values
    #expect(zip(found, w).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(zip(trained.curve, losses).allSatisfy { abs(Double($0.loss) - $1) < 1e-5 })
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
