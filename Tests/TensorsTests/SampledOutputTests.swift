import Foundation
import Foundations
import Tensors
import Testing

@Suite("Softmax over a sample of the classes")
struct SampledOutputTests {
  private static func parameters(_ seed: UInt64 = 5) -> (hidden: Parameter, table: Parameter) {
    var random = SeededRandom(seed: seed)
    return (
      Parameter("hidden", .normal(rows: 150, columns: 16, deviation: 0.6, using: &random)),
      Parameter(
        "table", .normal(rows: 40, columns: 16, deviation: 0.6, using: &random), rowSparse: true)
    )
  }

  private static let targets = (0..<150).map { Int32($0 * 7 % 40) }

  @Test("with every class once it is the softmax over all")
  func complete() {
    let (hidden, table) = Self.parameters()
    func loss(_ make: (Tape, Variable, Variable) -> Variable) -> (Float, [Float], [Float]) {
      let tape = Tape()
      let loss = make(tape, tape.parameter(hidden), tape.parameter(table))
      tape.backward(from: loss)
      defer { Adam([hidden, table], .init(learningRate: 0)).step() }  // Clears the gradients.
      return (loss.value[0, 0], hidden.gradient.values, table.gradient.values)
    }
    let full = loss { $0.softmaxCrossEntropy($1, table: $2, targets: Self.targets) }
    let all = SampledClasses(
      classes: (0..<40).map { Int32($0) }, logExpected: [Float](repeating: 0, count: 40))
    let sampled = loss { $0.softmaxCrossEntropy($1, table: $2, targets: Self.targets, sample: all) }
    #expect(abs(full.0 - sampled.0) < 1e-5)
    #expect(zip(full.1, sampled.1).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(zip(full.2, sampled.2).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("its mean over many samples is the loss over all, whatever the classes are drawn by")
  func correction() {
    let (hidden, table) = Self.parameters()
    // The first classes have the higher logits.
    for row in 0..<150 { hidden.value[row, 0] = 1 }
    for row in 0..<40 { table.value[row, 0] = 1.5 - Float(row) / 20 }
    let tape = Tape(recording: false)
    let (x, t) = (tape.constant(hidden.value), tape.constant(table.value))
    let full = tape.softmaxCrossEntropy(x, table: t, targets: Self.targets).value[0, 0]
    // The first class is drawn eight times as often as the last.
    let weights = (0..<40).map { 8 - 7 * Double($0) / 39 }
    let sum = weights.reduce(0, +)
    var random = SeededRandom(seed: 3)
    func mean(corrected: Bool) -> Float {
      var total: Float = 0
      for _ in 0..<200 {
        let classes = (0..<200).map { _ in
          var rest = Double(random.uniform()) * sum
          return Int32(
            weights.firstIndex {
              rest -= $0
              return rest < 0
            } ?? 39)
        }
        let expected = classes.map {
          Float(log(200 * (corrected ? weights[Int($0)] / sum : 1.0 / 40)))
        }
        total +=
          tape.softmaxCrossEntropy(
            x, table: t, targets: Self.targets,
            sample: SampledClasses(classes: classes, logExpected: expected)
          ).value[0, 0] / 200
      }
      return total
    }
    let corrected = abs(mean(corrected: true) - full)
    #expect(corrected < 0.02)
    #expect(abs(mean(corrected: false) - full) > 2 * corrected)
  }

  @Test("only rows that were looked up are stepped")
  func rows() {
    let (hidden, table) = Self.parameters()
    let before = table.value
    let tape = Tape()
    let loss = tape.softmaxCrossEntropy(
      tape.parameter(hidden), table: tape.parameter(table),
      targets: [Int32](repeating: 3, count: 150),
      sample: SampledClasses(classes: [9, 17, 9], logExpected: [-1, -2, -1]))
    tape.backward(from: loss)
    Adam([hidden, table]).step()
    let changed = (0..<40).filter { table.value[row: $0] != before[row: $0] }
    #expect(changed == [3, 9, 17])
  }

  @Test("rows of several tables are what a stack of them has, bit for bit")
  func tables() {
    let (one, other) = (Self.parameters().table, Self.parameters(6).hidden)
    let rows = (0..<300).map { Int32($0 * 13 % 190) }
    func run(_ gather: (Tape, [Variable]) -> Variable) -> ([Float], [Float], [Float]) {
      let tape = Tape()
      let value = gather(tape, [tape.parameter(one), tape.parameter(other)])
      tape.backward(from: tape.halfSquaredNorm(value))
      defer { Adam([one, other], .init(learningRate: 0)).step() }
      return (value.value.values, one.gradient.values, other.gradient.values)
    }
    let stacked = run { tape, tables in tape.gather(tape.stack(tables), rows: rows) }
    let direct = run { tape, tables in tape.gather(tables, rows: rows) }
    #expect(stacked == direct)
  }
}
