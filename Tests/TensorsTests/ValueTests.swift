import Foundation
import Foundations
import Tensors
import TestSupport
import Testing

/// Rounding of Float: some units of 6e-8 after sums of about ten numbers.
private let rounding = 2e-6

@Suite("Operations compute what their formulas say")
struct ValueTests {
  private let tape = Tape(recording: false)
  private let x = Matrix(
    rows: 2, columns: 9, values: (0..<18).map { Float(($0 * 7) % 18) / 6 - 1.4 })

  private func row(_ index: Int) -> [Double] { x[row: index].map { Double($0) } }

  @Test("swiglu is silu(gate) · up")
  func swiglu() {
    let up = Matrix(rows: 2, columns: 9, values: x.values.reversed())
    let expected = zip(x.values, up.values).map { Double($0) / (1 + exp(-Double($0))) * Double($1) }
    let found = tape.swiglu(gate: tape.constant(x), up: tape.constant(up)).value.values
    expectClose(found, expected, tolerance: rounding)
  }

  @Test("relu is max(x, 0)")
  func relu() {
    #expect(tape.relu(tape.constant(x)).value.values == x.values.map { max($0, 0) })
  }

  @Test("layer norm has mean beta and deviation gamma in each row")
  func layerNorm() {
    let expected = (0..<2).flatMap { index -> [Double] in
      let row = row(index)
      let mean = row.reduce(0, +) / 9
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
      return row.map { 2 * ($0 - mean) / (variance + 1e-8).squareRoot() - 0.5 }
    }
    let found = tape.layerNorm(
      tape.constant(x), gamma: tape.constant(Matrix(rows: 1, columns: 9, repeating: 2)),
      beta: tape.constant(Matrix(rows: 1, columns: 9, repeating: -0.5)))
    expectClose(found.value.values, expected, tolerance: rounding)
  }

  @Test("RMS norm divides each row by the root of its mean square")
  func rmsNorm() {
    let expected = (0..<2).flatMap { index -> [Double] in
      let row = row(index)
      let scale = 3 / (row.reduce(0) { $0 + $1 * $1 } / 9 + 1e-5).squareRoot()
      return row.map { $0 * scale }
    }
    let found = tape.rmsNorm(
      tape.constant(x), gamma: tape.constant(Matrix(rows: 1, columns: 9, repeating: 3)))
    expectClose(found.value.values, expected, tolerance: rounding)
  }

  @Test("cross-entropy is the mean of −log of the target's share")
  func crossEntropy() {
    let targets: [Int32] = [3, 8]
    let expected =
      (0..<2).reduce(0.0) { sum, index in
        let row = row(index)
        return sum + log(row.reduce(0) { $0 + exp($1) }) - row[Int(targets[index])]
      } / 2
    let found = tape.softmaxCrossEntropy(tape.constant(x), targets: targets)
    expectClose(found.value.values, [expected], tolerance: rounding)
    let none = tape.constant(Matrix(rows: 0, columns: 9))
    #expect(tape.softmaxCrossEntropy(none, targets: []).value.values == [0])
  }

  @Test("cross-entropy of a table is that of the product's logits, over several chunks of rows")
  func tableCrossEntropy() {
    var random = SeededRandom(seed: 4)
    let n = 300
    let rows = Matrix.normal(rows: n, columns: 5, deviation: 1, using: &random)
    let table = Parameter("table", .normal(rows: 7, columns: 5, deviation: 1, using: &random))
    let targets = (0..<n).map { Int32($0 % 7) }
    var losses: [Float] = []
    var gradients: [[Float]] = []
    for fused in [false, true] {
      let copy = Parameter("copy", table.value)
      let tape = Tape()
      let (x, weight) = (tape.constant(rows), tape.parameter(copy))
      let loss =
        fused
        ? tape.softmaxCrossEntropy(x, table: weight, targets: targets)
        : tape.softmaxCrossEntropy(tape.linear(x, weight: weight), targets: targets)
      tape.backward(from: loss)
      losses += loss.value.values
      gradients.append(copy.gradient.values)
    }
    expectClose([losses[1]], [Double(losses[0])], tolerance: rounding)
    expectClose(gradients[1], gradients[0].map { Double($0) }, tolerance: rounding)
  }

  @Test("binary cross-entropy and squared error are the means of their formulas")
  func pointwise() {
    let scores: [Float] = [2, -0.5, 0, 90, -90]
    let labels: [Float] = [1, 0, 0.25, 0, 1]
    let logits = tape.constant(Matrix(rows: 5, columns: 1, values: scores))
    let bce = zip(scores, labels).reduce(0.0) { sum, pair in
      let (z, y) = (Double(pair.0), Double(pair.1))
      return sum + max(z, 0) + log1p(exp(-abs(z))) - y * z
    }
    let squares = zip(scores, labels).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    expectClose(
      tape.binaryCrossEntropy(logits, labels: labels).value.values
        + tape.meanSquaredError(logits, targets: labels).value.values,
      [bce / 5, squares / 5], tolerance: rounding)
  }

  @Test("linear, gather, stack and concatenate put numbers where they belong")
  func arrangement() {
    let a = tape.constant(Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4]))
    let b = tape.constant(Matrix(rows: 2, columns: 1, values: [5, 6]))
    let weight = tape.constant(Matrix(rows: 3, columns: 2, values: [1, 0, 0, 1, 1, -1]))
    let bias = tape.constant(Matrix(rows: 1, columns: 3, values: [10, 20, 30]))
    #expect(tape.linear(a, weight: weight).value.values == [1, 2, -1, 3, 4, -1])
    #expect(tape.linear(a, weight: weight, bias: bias).value.values == [11, 22, 29, 13, 24, 29])
    #expect(tape.gather(a, rows: [1, 1, 0]).value.values == [3, 4, 3, 4, 1, 2])
    #expect(tape.concatenate([a, b]).value.values == [1, 2, 5, 3, 4, 6])
    #expect(tape.stack([a, weight]).value.values == [1, 2, 3, 4, 1, 0, 0, 1, 1, -1])
    #expect(tape.rowDot(a, a).value.values == [5, 25])
    #expect(tape.halfSquaredNorm(a).value.values == [15])
  }

  @Test("dropout sets about its share of numbers to zero and scales the others")
  func dropout() {
    let ones = Parameter("ones", Matrix(rows: 100, columns: 100, repeating: 1))
    let tape = Tape()
    var random = SeededRandom(seed: 12)
    let found = tape.dropout(tape.parameter(ones), rate: 0.2, using: &random).value.values
    #expect(Set(found) == [0, 1.25])
    // 10,000 draws: the share of zeros has deviation 0.004.
    #expect(abs(Float(found.count { $0 == 0 }) / 10_000 - 0.2) < 0.016)
    var unused = random
    let untouched = Tape(recording: false).dropout(tape.constant(x), rate: 0.2, using: &unused)
    #expect(untouched.value == x)
    #expect(unused == random)
  }

  @Test("the logarithm of a softmax stays finite where the softmax underflows")
  func logSoftmax() {
    var logits = Matrix(rows: 2, columns: 3, values: [0, 200, -200, 1, 2, 3])
    logits.logSoftmaxRows()
    let total = log(exp(-2.0) + exp(-1.0) + 1)
    expectClose(
      logits.values, [-200, 0, -400, -2 - total, -1 - total, -total], tolerance: rounding)
  }
}
