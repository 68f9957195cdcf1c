import Foundations
import Tensors
import TestSupport
import Testing

/// Rounding of Float over a handful of steps.
private let rounding = 2e-6

@Suite("Adam")
struct OptimizerTests {
  /// Gives a parameter a gradient: the slope of Σ gradient ∘ parameter.
  private func push(_ parameter: Parameter, _ gradient: [Float]) {
    let tape = Tape()
    let factors = Matrix(
      rows: parameter.value.rows, columns: parameter.value.columns, values: gradient)
    tape.backward(from: tape.sum(tape.rowDot(tape.parameter(parameter), tape.constant(factors))))
  }

  // The expected numbers come from PyTorch's formulas for AdamW in double precision:
  //
  //   def adam(grads, w, lr, b1, b2, eps, decay):
  //     m = v = 0.0
  //     for t, g in enumerate(grads, 1):
  //       w -= lr * decay * w; m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g * g
  //       w -= lr / (1 - b1**t) * m / (sqrt(v) / sqrt(1 - b2**t) + eps); print(w)
  //
  // The first step by hand: m = 0.05, v = 2.5e-4, both divided by their corrections 0.1 and 0.001 give
  // 0.5 and 0.25, so w = 1 − 0.1 · 0.5 / 0.5 = 0.9.
  @Test("its steps are those of AdamW in PyTorch, in vector lanes and in the remainder")
  func reference() {
    let expected: [(decay: Float, first: [Double], second: [Double])] = [
      (
        0, [0.9, 0.8733663, 0.80630153, 0.75136616],
        [-2.09999, -2.17440592, -2.20876482, -2.23918503]
      ),
      (
        0.1, [0.89, 0.8544663, 0.77885687, 0.71613293],
        [-2.07999, -2.13360602, -2.14662886, -2.15558279]
      ),
    ]
    for (decay, first, second) in expected {
      // Ten numbers: eight in lanes, two one by one.
      let weights = Parameter(
        "weights", Matrix(rows: 5, columns: 2, values: (0..<10).map { $0 % 2 == 0 ? 1 : -2 }))
      let optimizer = Adam([weights], .init(learningRate: 0.1, weightDecay: decay))
      for (step, pair) in [(0.5, 1e-4), (-0.25, 3), (2, -1), (0, 0.125)].enumerated() {
        push(weights, (0..<10).map { Float($0 % 2 == 0 ? pair.0 : pair.1) })
        optimizer.step()
        expectClose(
          weights.value.values, (0..<10).map { $0 % 2 == 0 ? first[step] : second[step] },
          tolerance: rounding)
      }
      #expect(optimizer.steps == 4)
    }
  }

  @Test("all its constants can be chosen, and the step size for each step")
  func constants() {
    let weights = Parameter("weights", Matrix(rows: 1, columns: 1, repeating: 1))
    let optimizer = Adam(
      [weights],
      .init(learningRate: 99, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.01))
    for (gradient, expected) in [
      (Float(0.5), 0.9495998), (-0.25, 0.93852906), (2, 0.90264381), (0, 0.87479521),
    ] {
      push(weights, [gradient])
      optimizer.step(learningRate: 0.05)
      expectClose(weights.value.values, [expected], tolerance: rounding)
    }
  }

  @Test("a parameter that does not decay, or got no gradient, is left alone by the decay")
  func noDecay() {
    let bias = Parameter("bias", Matrix(rows: 1, columns: 1, repeating: 1), decays: false)
    let idle = Parameter("idle", Matrix(rows: 1, columns: 1, repeating: 1))
    let optimizer = Adam([bias, idle], .init(learningRate: 0.1, weightDecay: 0.5))
    push(bias, [1])
    optimizer.step()
    expectClose(bias.value.values, [0.9], tolerance: rounding)
    #expect(idle.value.values == [1])
  }

  @Test("a row-sparse parameter moves in the rows that were looked up and nowhere else")
  func rowSparse() {
    let start = Matrix(rows: 4, columns: 9, repeating: 1)
    let table = Parameter("table", start, rowSparse: true)
    let optimizer = Adam([table], .init(learningRate: 0.1, weightDecay: 0.1))
    func step(_ rows: [Int32]) {
      let tape = Tape()
      tape.backward(from: tape.halfSquaredNorm(tape.gather(tape.parameter(table), rows: rows)))
      optimizer.step()
    }
    step([2, 0, 2])
    // 1 − 0.1 · 0.1 · 1 − 0.1 · 1: the first step has the gradient's sign.
    expectClose(Array(table.value[row: 0]), .init(repeating: 0.89, count: 9), tolerance: rounding)
    expectClose(Array(table.value[row: 2]), .init(repeating: 0.89, count: 9), tolerance: rounding)
    #expect(table.value[row: 1] == start[row: 1] && table.value[row: 3] == start[row: 3])
    let rested = table.value[row: 2]
    step([3])
    #expect(table.value[row: 2] == rested, "a row without a gradient keeps its momentum for later")
    #expect(table.value[row: 3] != start[row: 3])
    #expect(table.gradient.values.allSatisfy { $0 == 0 })
  }

  @Test("a row-sparse table that is also multiplied moves in all rows")
  func tied() {
    func train(rowSparse: Bool) -> [Float] {
      var random = SeededRandom(seed: 2)
      let table = Parameter(
        "table", .normal(rows: 6, columns: 3, deviation: 1, using: &random), rowSparse: rowSparse)
      let optimizer = Adam([table], .init(learningRate: 0.1))
      for _ in 0..<3 {
        let tape = Tape()
        let weights = tape.parameter(table)
        let x = tape.gather(weights, rows: [1, 4])
        let logits = tape.linear(x, weight: weights)
        tape.backward(from: tape.softmaxCrossEntropy(logits, targets: [0, 5]))
        optimizer.step()
        #expect(table.gradient.values.allSatisfy { $0 == 0 })
      }
      return table.value.values
    }
    #expect(train(rowSparse: true) == train(rowSparse: false))
  }

  @Test("clipping shortens all gradients together to the limit, and leaves shorter ones")
  func clipping() {
    let a = Parameter("a", Matrix(rows: 1, columns: 9))
    let b = Parameter("b", Matrix(rows: 1, columns: 1))
    let idle = Parameter("idle", Matrix(rows: 1, columns: 1))
    let optimizer = Adam([a, b, idle])
    push(a, [0, 0, 3, 0, 0, 0, 0, 0, 0])
    push(b, [-4])
    #expect(optimizer.clipGradients(to: 6) == 5)
    #expect(b.gradient.values == [-4])
    #expect(optimizer.clipGradients(to: 0.5) == 5)
    expectClose([a.gradient.values[2], b.gradient.values[0]], [0.3, -0.4], tolerance: rounding)
    expectClose([optimizer.clipGradients(to: 1)], [0.5], tolerance: rounding)
  }

  @Test("parameters of one name are a trap")
  func names() async {
    await #expect(processExitsWith: .failure) {
      _ = Adam([
        Parameter("a", Matrix(rows: 1, columns: 1)), Parameter("a", Matrix(rows: 1, columns: 1)),
      ])
    }
  }

  @Test("schedules rise to the peak and fall to zero")
  func schedules() {
    let linear = LearningRateSchedule.linear(peak: 2, warmup: 4, total: 12)
    expectClose(
      [0, 1, 3, 4, 8, 11, 12, 13].map(linear.rate), [0.5, 1, 2, 2, 1, 0.25, 0, 0],
      tolerance: rounding)
    let cosine = LearningRateSchedule.cosine(peak: 2, warmup: 4, total: 12)
    // Half a cosine: cos 45° is 0.70710678.
    expectClose(
      [0, 3, 4, 6, 8, 10, 12, 99].map(cosine.rate),
      [0.5, 2, 2, 1.70710678, 1, 0.29289322, 0, 0], tolerance: rounding)
    #expect(LearningRateSchedule.linear(peak: 2, warmup: 0, total: 10).rate(at: 0) == 2)
  }
}
