import Foundations
import Tensors
import TestSupport
import Testing

@Suite("Gradients kept apart, and computed again")
struct RecomputationTests {
  /// A part with parameters of its own, a value that is read twice, and dropout.
  private static func part(
    _ weights: Parameter, rate: Float
  ) -> (Tape, Variable, inout SeededRandom) -> Variable {
    { tape, x, random in
      let y = tape.dropout(
        tape.linear(x, weight: tape.parameter(weights)), rate: rate, using: &random)
      return tape.add(tape.multiply(y, y), x)
    }
  }

  @Test(arguments: [
    GradientCase("a part that is computed again", [(3, 4), (4, 4)]) { tape, x in
      var random = SeededRandom(seed: 1)
      return tape.recomputed(x[0], using: &random) { tape, y, _ in
        tape.add(tape.multiply(y, y), tape.linear(y, weight: x[1]))
      }
    },
    GradientCase("cross-entropy over a table, some rows at a time", [(5, 4), (7, 4)]) { tape, x in
      tape.softmaxCrossEntropy(x[0], table: x[1], targets: [0, 6, 3, 3, 1], chunk: 2)
    },
    GradientCase("cross-entropy over a frozen table", [(5, 4)]) { tape, x in
      let table = Matrix(rows: 7, columns: 4, values: (0..<28).map { Float($0 * 5 % 9) / 4 - 1 })
      return tape.softmaxCrossEntropy(
        x[0], table: tape.constant(table), targets: [0, 6, 3, 3, 1], chunk: 2)
    },
  ])
  func `gradients agree with central differences`(operation: GradientCase) { operation.check() }

  /// Loss, gradients of both parameters, and the generator afterwards.
  private func run(recomputes: Bool, apart: Bool) -> ([Float], [Float], [Float], SeededRandom) {
    var random = SeededRandom(seed: 3)
    let input = Parameter("x", Matrix.normal(rows: 6, columns: 4, deviation: 1, using: &random))
    let weights = Parameter("w", Matrix.normal(rows: 4, columns: 4, deviation: 1, using: &random))
    let set = apart ? GradientSet() : nil
    let tape = Tape(gradients: set)
    let part = Self.part(weights, rate: 0.4)
    var x = tape.parameter(input)
    for _ in 0..<3 {
      x = recomputes ? tape.recomputed(x, using: &random, part) : part(tape, x, &random)
    }
    let loss = tape.halfSquaredNorm(x)
    tape.backward(from: loss)
    if apart { #expect(input.gradient.values.allSatisfy { $0 == 0 }) }
    set?.add()
    return (loss.value.values, input.gradient.values, weights.gradient.values, random)
  }

  @Test("what is computed again, or kept apart, has the same bits")
  func sameBits() {
    let plain = run(recomputes: false, apart: false)
    for (recomputes, apart) in [(true, false), (false, true), (true, true)] {
      let other = run(recomputes: recomputes, apart: apart)
      #expect(other.0 == plain.0)
      #expect(other.3 == plain.3)
      // Of the same weights three parts' gradients are summed, in one order everywhere.
      #expect(other.1 == plain.1)
      for (a, b) in zip(other.2, plain.2) { #expect(abs(a - b) <= 1e-4 * max(1, abs(b))) }
    }
  }

  @Test("sets of gradients add up, rows of a row-sparse parameter too")
  func sets() {
    let table = Parameter(
      "table", Matrix(rows: 4, columns: 1, values: [1, 2, 3, 4]), rowSparse: true)
    let sets = [GradientSet(), GradientSet()]
    for (set, rows) in zip(sets, [[0, 2] as [Int32], [2, 3]]) {
      let tape = Tape(gradients: set)
      tape.backward(
        from: tape.halfSquaredNorm(tape.gather(tape.parameter(table), rows: rows)))
    }
    for set in sets { set.add() }
    #expect(table.gradient.values == [1, 0, 6, 4])
    Adam([table], .init(learningRate: 0.1)).step()
    #expect(table.value.values[1] == 2)
    #expect(zip(table.value.values, [1, 2, 3, 4] as [Float]).count { $0 != $1 } == 3)
    // What was added is gone.
    for set in sets { set.add() }
    #expect(table.gradient.values == [0, 0, 0, 0])
  }
}
