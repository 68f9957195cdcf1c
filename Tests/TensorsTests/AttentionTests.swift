import Foundation
import Foundations
import Tensors
import TestSupport
import Testing

@Suite("Attention")
struct AttentionTests {
  @Test("its gradient agrees with central differences", arguments: Layout.all)
  func gradient(_ layout: Layout) {
    let n = layout.segments.rows
    let (queryWidth, keyWidth) = (layout.heads * layout.width, layout.keyHeads * layout.width)
    GradientCase(
      layout.testDescription, [(n, queryWidth), (n, keyWidth), (n, keyWidth)]
    ) { tape, x in
      var random = SeededRandom(seed: 5)
      return tape.attention(
        queries: x[0], keys: x[1], values: x[2], segments: layout.segments, heads: layout.heads,
        keyHeads: layout.keyHeads, causal: layout.causal, dropout: layout.dropout, using: &random)
    }.check()
  }

  @Test(
    "it is softmax(Q Kᵀ / √d) V within each sequence",
    arguments: Layout.all.filter { $0.dropout == 0 })
  func value(_ layout: Layout) {
    let (q, k, v) = layout.inputs()
    let tape = Tape(recording: false)
    let found = tape.attention(
      queries: tape.constant(q), keys: tape.constant(k), values: tape.constant(v),
      segments: layout.segments, heads: layout.heads, keyHeads: layout.keyHeads,
      causal: layout.causal)
    // Rounding of Float products of up to eleven numbers.
    expectClose(found.value.values, layout.naive(q, k, v), tolerance: 2e-6)
  }

  @Test("dropout sets weights to zero and scales the rest so that the mean stays")
  func dropoutKeepsTheMean() {
    let n = 64
    let ones = Matrix(rows: n, columns: 1, repeating: 1)
    let tape = Tape()
    var random = SeededRandom(seed: 2)
    let zero = Parameter("zero", Matrix(rows: n, columns: 1))
    let found = tape.attention(
      queries: tape.parameter(zero), keys: tape.constant(ones), values: tape.constant(ones),
      segments: Segments(lengths: [n]), heads: 1, keyHeads: 1, causal: false, dropout: 0.25,
      using: &random
    ).value.values
    // 4096 weights of 1/64 · 4/3 or 0: a row is a multiple of 1/48, the mean 1 ± 4 · 0.009.
    #expect(found.allSatisfy { abs(($0 * 48).rounded() - $0 * 48) < 1e-3 })
    #expect(Set(found).count > 1)
    #expect(abs(found.reduce(0, +) / Float(n) - 1) < 0.036)
  }

  @Test("a tape that does not record drops nothing and draws nothing")
  func noDropout() {
    let layout = Layout(lengths: [5], heads: 2, keyHeads: 1, causal: true, dropout: 0.5)
    let (q, k, v) = layout.inputs()
    var random = SeededRandom(seed: 1)
    let tape = Tape(recording: false)
    let found = tape.attention(
      queries: tape.constant(q), keys: tape.constant(k), values: tape.constant(v),
      segments: layout.segments, heads: 2, keyHeads: 1, causal: true, dropout: 0.5, using: &random)
    expectClose(found.value.values, layout.naive(q, k, v), tolerance: 2e-6)
    #expect(random == SeededRandom(seed: 1))
  }

  @Test("continuations of a shared prefix see what they see in one sequence", arguments: [0, 1, 9])
  func prefix(length: Int) {
    let (heads, keyHeads, d) = (4, 2, 3)
    let segments = Segments(lengths: [2, 1, 0, 5])
    var random = SeededRandom(seed: 8)
    func normal(_ rows: Int, _ columns: Int) -> Matrix {
      .normal(rows: rows, columns: columns, deviation: 1, using: &random)
    }
    let (q, k, v) = (normal(8, 12), normal(8, 6), normal(8, 6))
    let (prefixQ, prefixK, prefixV) = (normal(length, 12), normal(length, 6), normal(length, 6))
    let found = attentionWithPrefix(
      queries: q, keys: k, values: v, segments: segments, prefixKeys: prefixK,
      prefixValues: prefixV, heads: heads, keyHeads: keyHeads)
    for s in 0..<segments.count {
      let rows = segments.offsets[s]..<segments.offsets[s + 1]
      let whole = Layout(
        lengths: [length + rows.count], heads: heads, keyHeads: keyHeads, causal: true, width: d)
      let naive = whole.naive(
        prefixQ.below(q.rows(rows)), prefixK.below(k.rows(rows)), prefixV.below(v.rows(rows)))
      expectClose(found.rows(rows).values, Array(naive.dropFirst(length * 12)), tolerance: 2e-6)
    }
  }

  @Test("a tree's nodes see the prefix and their own ancestors, as if each path stood alone")
  func tree() {
    let (heads, keyHeads, d) = (4, 2, 3)
    // Two nodes of an earlier growth, then three: 2 follows 0, 3 follows 2, 4 begins a path of its own.
    let paths: [[Int32]] = [[0, 2], [0, 2, 3], [4]]
    var random = SeededRandom(seed: 7)
    func normal(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix.normal(rows: rows, columns: columns, deviation: 1, using: &random)
    }
    let (q, k, v) = (normal(3, 12), normal(5, 6), normal(5, 6))
    for length in [0, 4] {
      let (prefixK, prefixV) = (normal(length, 6), normal(length, 6))
      let found = attentionOnTree(
        queries: q, prefixKeys: prefixK, prefixValues: prefixV, keys: k, values: v, paths: paths,
        heads: heads, keyHeads: keyHeads)
      for (row, path) in paths.enumerated() {
        let whole = Layout(
          lengths: [length + path.count], heads: heads, keyHeads: keyHeads, causal: true, width: d)
        let naive = whole.naive(
          normal(length + path.count - 1, 12).below(q.rows(row..<row + 1)),
          prefixK.below(k.gathering(rows: path)), prefixV.below(v.gathering(rows: path)))
        expectClose(found.rows(row..<row + 1).values, Array(naive.suffix(12)), tolerance: 2e-6)
      }
    }
  }

  @Test("rotary positions turn columns j and j + d/2 of each head by position · base^(−2j/d)")
  func rotary() {
    let x = Matrix(rows: 2, columns: 8, values: (0..<16).map { Float($0) / 4 - 1 })
    let tape = Tape(recording: false)
    let angles = RotaryTable(positions: [0, 3], frequencies: [1, 0.01])
    let found = tape.rotary(tape.constant(x), by: angles, heads: 2).value
    let expected = (0..<2).flatMap { row in
      (0..<8).map { column -> Double in
        let (head, place) = (column / 4 * 4, column % 4)
        let angle = Double(row * 3) * pow(10_000, -Double(2 * (place % 2)) / 4)
        let (a, b) = (Double(x[row, head + place % 2]), Double(x[row, head + place % 2 + 2]))
        return place < 2 ? a * cos(angle) - b * sin(angle) : b * cos(angle) + a * sin(angle)
      }
    }
    expectClose(found.values, expected, tolerance: 1e-6)
  }
}

/// One way in which attention can be laid out.
struct Layout: Sendable, CustomTestStringConvertible {
  var lengths: [Int]
  var heads: Int
  var keyHeads: Int
  var causal: Bool
  var dropout: Float = 0
  var width = 3

  static let all = [false, true].flatMap { causal in
    [Float(0), 0.3].flatMap { dropout in
      [[5], [1, 3], [2, 0, 9]].flatMap { lengths in
        [(1, 1), (2, 2), (4, 2), (3, 1)].map { heads, keyHeads in
          Layout(
            lengths: lengths, heads: heads, keyHeads: keyHeads, causal: causal, dropout: dropout)
        }
      }
    }
  }

  var testDescription: String {
    "\(causal ? "causal" : "full"), \(heads) heads on \(keyHeads), lengths \(lengths), "
      + "dropout \(dropout)"
  }

  var segments: Segments { Segments(lengths: lengths) }

  func inputs() -> (q: Matrix, k: Matrix, v: Matrix) {
    var random = SeededRandom(seed: 9)
    let n = segments.rows
    func normal(_ heads: Int) -> Matrix {
      .normal(rows: n, columns: heads * width, deviation: 1, using: &random)
    }
    return (normal(heads), normal(keyHeads), normal(keyHeads))
  }

  /// The definition, number by number in Double.
  func naive(_ q: Matrix, _ k: Matrix, _ v: Matrix) -> [Double] {
    var result = [Double](repeating: 0, count: q.count)
    for s in 0..<segments.count {
      let rows = segments.offsets[s]..<segments.offsets[s + 1]
      for head in 0..<heads {
        let shared = head / (heads / keyHeads) * width
        for row in rows {
          let seen = causal ? rows.lowerBound..<row + 1 : rows
          let logits = seen.map { other in
            (0..<width).reduce(0.0) {
              $0 + Double(q[row, head * width + $1]) * Double(k[other, shared + $1])
            } / Double(width).squareRoot()
          }
          let total = logits.reduce(0) { $0 + exp($1) }
          for (logit, other) in zip(logits, seen) {
            for j in 0..<width {
              result[row * q.columns + head * width + j] +=
                exp(logit) / total * Double(v[other, shared + j])
            }
          }
        }
      }
    }
    return result
  }
}

extension Matrix {
  /// This matrix with another one below it.
  fileprivate func below(_ other: Matrix) -> Matrix {
    Matrix(rows: rows + other.rows, columns: columns, values: values + other.values)
  }
}
