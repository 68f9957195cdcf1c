import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

/// Rounding of Float: some units of 6e-8 after sums of about ten numbers.
private let rounding = 2e-6

@Suite("The recommenders' operations compute what their formulas say")
struct OperationValueTests {
  private let tape = Tape(recording: false)
  private let x = Matrix(
    rows: 2, columns: 9, values: (0..<18).map { Float(($0 * 7) % 18) / 6 - 1.4 })

  private func row(_ index: Int) -> [Double] { x[row: index].map { Double($0) } }

  @Test("BPR is the weighted mean of −log σ of the margins")
  func ranking() {
    let scores: [Float] = [2, -0.5, 0, 90, -90]
    let others: [Float] = [1, 0, 0.25, 0, 1]
    let weights: [Float] = [1, 2, 0, 1, 0.5]
    let bpr = scores.indices.reduce(0.0) { sum, i in
      let margin = Double(scores[i]) - Double(others[i])
      return sum + Double(weights[i]) * (max(-margin, 0) + log1p(exp(-abs(margin))))
    }
    let found = tape.bayesianPersonalizedRanking(
      positive: tape.constant(Matrix(rows: 5, columns: 1, values: scores)),
      negative: tape.constant(Matrix(rows: 5, columns: 1, values: others)), weights: weights)
    expectClose(found.value.values, [bpr / 5], tolerance: rounding)
  }

  @Test("a factorisation machine sums the inner products of all pairs of fields")
  func factorizationMachine() {
    let expected = (0..<2).map { index -> Double in
      let row = row(index)
      var sum = 0.0
      for a in 0..<3 {
        for b in 0..<a { for j in 0..<3 { sum += row[a * 3 + j] * row[b * 3 + j] } }
      }
      return sum
    }
    let found = tape.factorizationMachine(tape.constant(x), fields: 3).value.values
    expectClose(found, expected, tolerance: rounding)
  }

  @Test("mean embeddings are the means of a cell's rows, and zero for an empty cell")
  func meanEmbeddings() {
    let table = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    var bags = FieldBags(fields: 2)
    for cell: [Int32] in [[0, 2], [], [1], [0, 0, 1]] { bags.append(cell[...]) }
    let found = tape.meanEmbeddings(tape.constant(table), bags).value
    #expect(found.rows == 2 && found.columns == 4)
    expectClose(found.values, [3, 4, 0, 0, 3, 4, 5.0 / 3, 8.0 / 3], tolerance: rounding)
  }
}
