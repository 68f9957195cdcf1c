import Datasets
import Recommenders
import Tensors
import TestSupport
import Testing

/// ALS and item-kNN against their formulas.
@Suite struct BaselineReferenceTests {
  @Test(arguments: [Float(0), 2])
  func itemsOfALSSolveTheirNormalEquations(alpha: Float) throws {
    let lists: [[Int32]] = [[0, 1, 2], [1, 2], [0, 3], [3, 1], []]
    let data = TrainingData(
      train: histories(lists, itemCount: 5), validation: targets([-1, -1, -1, -1, -1]))
    var configuration = small(.als)
    // As many dimensions as steps: conjugate gradients are exact.
    configuration.embeddingDimension = 3
    configuration.initialDeviation = 0.5
    configuration.penalties = [0.3]
    configuration.confidence = alpha
    let trained = try train(.als, data, configuration, candidates: 5)
    let (users, items) = (try trained.parameter("users"), try trained.parameter("items"))
    for item in 0..<5 {
      // Σ_u c (⟨x_u, y⟩ − p) x_u + λ y, the slope of the cost by y.
      var slope = (0..<3).map { 0.3 * Double(items[item, $0]) }
      for user in 0..<5 {
        let has = lists[user].contains(Int32(item))
        let confidence = has ? 1 + Double(alpha) : 1
        let score = (0..<3).reduce(0.0) { $0 + Double(users[user, $1] * items[item, $1]) }
        for d in 0..<3 {
          slope[d] += confidence * (score - (has ? 1 : 0)) * Double(users[user, d])
        }
      }
      #expect(slope.allSatisfy { abs($0) < 1e-4 }, "item \(item): \(slope)")
    }
    #expect(items[row: 0].contains { abs($0) > 0.1 })
    #expect(items[row: 4].allSatisfy { $0 == 0 } && users[row: 4].allSatisfy { $0 == 0 })
    let first = Int(trained.predictions.validationItems[0])
    let expected = (0..<3).reduce(Float(0)) { $0 + users[0, $1] * items[first, $1] }
    #expect(abs(trained.predictions.validationScores[0] - expected) < 1e-6)
  }

  @Test func neighboursAreByShrunkCosine() throws {
    // Counts: items 0, 1, 2 have 3, 3, 1 users; 0 and 1 share two, 0 and 2 one, 1 and 2 one.
    let data = TrainingData(
      train: histories([[0, 1, 2], [0, 1], [0], [1]], itemCount: 4),
      validation: targets([-1, -1, -1, -1]))
    var configuration = small(.itemknn)
    configuration.penalties = [0.5]
    let scores = try train(.itemknn, data, configuration, candidates: 2).predictions
    let near: Float = 2 / 3.5
    let far = 1 / (Float(3).squareRoot() + 0.5)
    #expect(scores.validationItems == [3, -1, 2, 3, 1, 2, 0, 2])
    let expected: [Float] = [0, 0, 2 * far, 0, near, far, near, far]
    #expect(zip(scores.validationScores, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    // With one neighbour each, item 2 keeps item 0, the lower of equals.
    configuration.neighbours = 1
    let one = try train(.itemknn, data, configuration, candidates: 2).predictions
    let kept: [Float] = [0, 0, far, 0, near, far, near, 0]
    #expect(zip(one.validationScores, kept).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func listsForTheSequentialTableHaveReadTheValidationItem() throws {
    let data = TrainingData(
      train: histories([[0, 1, 2], [0, 1], [0], [1]], itemCount: 4),
      validation: targets([-1, -1, -1, 0]))
    var configuration = small(.itemknn)
    configuration.penalties = [0.5]
    let predictions = try train(.itemknn, data, configuration, candidates: 2).predictions
    let far = 1 / (Float(3).squareRoot() + 0.5)
    // User 3 has item 1, and item 0 for validation: item 2 is far from both.
    #expect(Array(predictions.testItems[6..<8]) == [2, 3])
    #expect(abs(predictions.testScores[6] - far) < 1e-6)
    #expect(Array(predictions.nextItems[6..<8]) == [2, 3])
    #expect(abs(predictions.nextScores[6] - 2 * far) < 1e-6)
    #expect(predictions.nextItems.prefix(6) == predictions.testItems.prefix(6))
  }

  @Test func aUserWithMoreToReadGetsTheVectorThatSolvesEquation4() throws {
    let lists: [[Int32]] = [[0, 1, 2], [1, 2], [0, 3], [3, 1], []]
    let data = TrainingData(
      train: histories(lists, itemCount: 5), validation: targets([-1, 3, -1, -1, -1]))
    var configuration = small(.als)
    configuration.embeddingDimension = 3
    configuration.initialDeviation = 0.5
    configuration.penalties = [0.3]
    let trained = try train(.als, data, configuration, candidates: 5)
    let items = try trained.parameter("items")
    // (YᵀY + λI) x = Yᵀ p of user 1 with items 1, 2 and 3, by Cramer's rule.
    var a = [[Double]](repeating: [0, 0, 0], count: 3)
    var b = [0.0, 0, 0]
    for i in 0..<5 {
      for d in 0..<3 {
        for e in 0..<3 { a[d][e] += Double(items[i, d] * items[i, e]) }
        if [1, 2, 3].contains(i) { b[d] += Double(items[i, d]) }
      }
    }
    for d in 0..<3 { a[d][d] += 0.3 }
    func determinant(_ m: [[Double]]) -> Double {
      m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }
    let x = (0..<3).map { column in
      var replaced = a
      for d in 0..<3 { replaced[d][column] = b[d] }
      return determinant(replaced) / determinant(a)
    }
    let next = trained.predictions.nextItems[5..<10].prefix { $0 >= 0 }
    #expect(Set(next) == [0, 4])
    for (place, item) in next.enumerated() {
      let score = (0..<3).reduce(0.0) { $0 + x[$1] * Double(items[Int(item), $1]) }
      #expect(abs(Double(trained.predictions.nextScores[5 + place]) - score) < 1e-4)
    }
  }
}
