import Foundations
import Tensors
import TestSupport
import Testing

@Suite("Gradients agree with central differences")
struct GradientTests {
  @Test("of products, sums and rearrangements", arguments: linear)
  func linearOperations(_ function: GradientCase) { function.check() }

  @Test("of look-ups and sparse products", arguments: embedding)
  func embeddingOperations(_ function: GradientCase) { function.check() }

  @Test("of activations and normalisations", arguments: activation)
  func activations(_ function: GradientCase) { function.check() }

  @Test("of losses", arguments: losses)
  func lossFunctions(_ function: GradientCase) { function.check() }
}

// Widths of 8 and 11 take the vector loops and their remainders.

private let linear = [
  GradientCase("linear", [(3, 11), (5, 11)]) { $0.linear($1[0], weight: $1[1]) },
  GradientCase("linear with bias", [(3, 8), (11, 8), (1, 11)]) {
    $0.linear($1[0], weight: $1[1], bias: $1[2])
  },
  GradientCase("linear of the same value twice", [(4, 4)]) { $0.linear($1[0], weight: $1[0]) },
  GradientCase("add", [(3, 11), (3, 11)]) { $0.add($1[0], $1[1]) },
  GradientCase("add a value to itself", [(2, 3)]) { $0.add($1[0], $1[0]) },
  GradientCase("scale", [(3, 11)]) { $0.scale($1[0], by: -1.7) },
  GradientCase("mean", [(3, 11), (3, 11), (3, 11)]) { $0.mean($1) },
  GradientCase("mean of a value and itself", [(2, 3), (2, 3)]) { $0.mean([$1[0], $1[1], $1[0]]) },
  GradientCase("multiply", [(3, 11), (3, 11)]) { $0.multiply($1[0], $1[1]) },
  GradientCase("row dot", [(3, 11), (3, 11)]) { $0.rowDot($1[0], $1[1]) },
  GradientCase("concatenate", [(3, 2), (3, 9), (3, 1)]) { $0.concatenate($1) },
  GradientCase("stack", [(1, 5), (3, 5), (2, 5)]) { $0.stack($1) },
  GradientCase("a value used by several operations", [(3, 8), (3, 8)]) { tape, x in
    let sum = tape.add(x[0], x[1])
    return tape.add(tape.multiply(sum, x[0]), tape.swiglu(gate: sum, up: x[1]))
  },
]

private let sparse = SparseMatrix(
  columnCount: 4, offsets: [0, 2, 2, 5], columns: [0, 3, 1, 3, 0],
  values: [0.5, -1, 2, 0.25, 1.5])

private let embedding = [
  GradientCase("gather with repeated rows", [(5, 11)]) {
    $0.gather($1[0], rows: [4, 0, 4, 2, 4])
  },
  GradientCase("gather from several tables", [(3, 8), (2, 8)]) {
    $0.gather($1, rows: [4, 0, 4, 2, 3, 2])
  },
  GradientCase("gather from a computed value", [(4, 8)]) {
    $0.gather($0.swiglu(gate: $1[0], up: $1[0]), rows: [1, 1, 3])
  },
  GradientCase("sparse product", [(4, 11)]) {
    $0.multiply(sparse, transposed: sparse.transposed(), $1[0])
  },
  GradientCase("sparse product of wide rows", [(4, 75)]) {
    $0.multiply(sparse, transposed: sparse.transposed(), $1[0])
  },
]

private let activation = [
  GradientCase("relu", [(3, 11)], avoidsZero: true) { $0.relu($1[0]) },
  GradientCase("swiglu", [(3, 11), (3, 11)]) { $0.swiglu(gate: $1[0], up: $1[1]) },
  GradientCase("dropout", [(6, 11)]) { tape, x in
    var random = SeededRandom(seed: 3)
    return tape.dropout(x[0], rate: 0.4, using: &random)
  },
  GradientCase("layer norm", [(3, 11), (1, 11), (1, 11)]) {
    $0.layerNorm($1[0], gamma: $1[1], beta: $1[2])
  },
  GradientCase("layer norm with a large epsilon", [(2, 8), (1, 8), (1, 8)]) {
    $0.layerNorm($1[0], gamma: $1[1], beta: $1[2], epsilon: 0.5)
  },
  GradientCase("RMS norm", [(3, 11), (1, 11)]) { $0.rmsNorm($1[0], gamma: $1[1]) },
  GradientCase("RMS norm with a large epsilon", [(2, 8), (1, 8)]) {
    $0.rmsNorm($1[0], gamma: $1[1], epsilon: 0.5)
  },
  GradientCase("softmax pool", [(6, 11), (6, 1)]) {
    $0.softmaxPool($1[0], logits: $1[1], group: 3, groups: 2)
  },
  GradientCase("rotary positions", [(3, 12)]) {
    $0.rotary(
      $1[0], by: RotaryTable(positions: [0, 1, 7], frequencies: [1, 0.2, 0.05]), heads: 2)
  },
]

private let losses = [
  GradientCase("softmax cross-entropy", [(3, 11)]) {
    $0.softmaxCrossEntropy($1[0], targets: [10, 0, 4])
  },
  GradientCase("softmax cross-entropy of a table", [(3, 8), (11, 8)]) {
    $0.softmaxCrossEntropy($1[0], table: $1[1], targets: [10, 0, 4])
  },
  GradientCase("sampled softmax cross-entropy", [(4, 8), (11, 8)]) {
    // Class 4 is a target and sampled twice, class 7 is sampled twice.
    $0.softmaxCrossEntropy(
      $1[0], table: $1[1], targets: [10, 0, 4, 10],
      sample: SampledClasses(
        classes: [4, 7, 1, 7, 4], logExpected: [0.3, -1.2, -0.1, -1.2, 0.3]))
  },
  GradientCase("binary cross-entropy", [(4, 1)]) {
    $0.binaryCrossEntropy($1[0], labels: [0, 1, 1, 0.25])
  },
  GradientCase("squared error", [(4, 1)]) {
    $0.meanSquaredError($1[0], targets: [3, -1, 0.5, 0])
  },
  GradientCase("half the squared norm", [(3, 11)]) { $0.halfSquaredNorm($1[0]) },
  GradientCase("half the squared norm of rows", [(5, 11)]) {
    $0.halfSquaredNorm($1[0], rows: [4, 0, 4, 2])
  },
  GradientCase("a loss that is scaled and added to another", [(3, 5)]) { tape, x in
    tape.add(
      tape.softmaxCrossEntropy(x[0], targets: [1, 2, 0]),
      tape.scale(tape.halfSquaredNorm(x[0]), by: 0.3))
  },
]
