import Tensors
import TestSupport
import Testing

@Suite struct ContrastTests {
  @Test func unitRowsHaveTheGradientOfTheQuotient() {
    let (x, weights) = (normalParameter("x", 4, 11), normalParameter("weights", 4, 11).value)
    func loss(_ tape: Tape) -> Variable {
      let product = tape.rowDot(tape.unitRows(tape.parameter(x)), tape.constant(weights))
      return tape.linear(
        tape.constant(Matrix(rows: 1, columns: 4, repeating: 1)),
        weight: tape.linear(
          tape.constant(Matrix(rows: 1, columns: 1, repeating: 1)), weight: product))
    }
    let found = differentiate([x], loss)
    // d/dx ⟨w, x⟩ / ‖x‖ = w / ‖x‖ − ⟨w, x⟩ x / ‖x‖³.
    var expected = Matrix(rows: 4, columns: 11)
    var sum = 0.0
    for row in 0..<4 {
      let (a, w) = (x.value[row: row].map(Double.init), weights[row: row].map(Double.init))
      let norm = a.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let dot = zip(a, w).reduce(0) { $0 + $1.0 * $1.1 }
      sum += dot / norm
      for d in 0..<11 {
        expected[row, d] = Float(w[d] / norm - dot * a[d] / (norm * norm * norm))
      }
    }
    #expect(abs(Double(found.loss[0, 0]) - sum) < 1e-5)
    expectClose(found.gradients[0], expected, "unit rows")
    let zero = Tape(recording: false)
    let empty = Matrix(rows: 2, columns: 3)
    #expect(zero.unitRows(zero.constant(empty)).value == empty)
  }

  @Test func contrastIsTheCrossEntropyOfCosines() {
    let (a, b) = (normalParameter("a", 5, 7), normalParameter("b", 5, 7))
    expectSame([a, b]) { tape in
      tape.infoNCE(tape.parameter(a), tape.parameter(b), temperature: 0.5)
    } plain: { tape in
      let cosines = tape.linear(
        tape.unitRows(tape.parameter(a)), weight: tape.unitRows(tape.parameter(b)))
      return tape.softmaxCrossEntropy(
        tape.scale(cosines, by: 2), targets: (0..<5).map { Int32($0) })
    }
    // Two pairs at right angles: log(1 + e^−1/τ).
    let tape = Tape(recording: false)
    let axes = tape.constant(Matrix(rows: 2, columns: 2, values: [3, 0, 0, 5]))
    let loss = tape.infoNCE(axes, axes, temperature: 0.5).value[0, 0]
    #expect(abs(loss - 0.126_928) < 1e-5)
  }
}
