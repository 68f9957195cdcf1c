public import Foundations
internal import RealModule

/// Classes that the rows of a batch share as negatives, in place of all classes.
public struct SampledClasses: Sendable {
  /// S classes, drawn with replacement.
  public let classes: [Int32]
  /// log of how often each is expected among the S.
  public let logExpected: [Float]

  /// Wraps draws; traps unless there is a number beside each.
  public init(classes: [Int32], logExpected: [Float]) {
    precondition(classes.count == logExpected.count, "a number beside each class")
    self.classes = classes
    self.logExpected = logExpected
  }
}

/// Draws classes, with replacement, in proportion to (n + 1)^¾ of their frequencies n.
///
/// The power is that of Mikolov et al., NIPS 2013; with the 1 every class can be drawn.
public struct ClassSampler: Sendable {
  /// Running sums of the weights.
  private let sums: [Double]

  /// Takes how often each class occurs.
  public init(frequencies: [Int]) {
    var sum = 0.0
    sums = frequencies.map { frequency in
      sum += Double.pow(Double(frequency + 1), 0.75)
      return sum
    }
  }

  /// Draws so many; none where there are no classes.
  public func draw(_ count: Int, using random: inout SeededRandom) -> SampledClasses {
    let total = sums.last ?? 0
    var classes: [Int32] = []
    var logExpected: [Float] = []
    for _ in 0..<(sums.isEmpty ? 0 : count) {
      let index = index(at: Double(random.next() >> 11) * 0x1p-53 * total)
      let weight = sums[index] - (index > 0 ? sums[index - 1] : 0)
      classes.append(Int32(index))
      logExpected.append(Float(Double.log(Double(count) * weight / total)))
    }
    return SampledClasses(classes: classes, logExpected: logExpected)
  }

  /// The first class whose running sum is above a number.
  private func index(at place: Double) -> Int {
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension Tape {
  /// Mean softmax cross-entropy of logits x · tableᵀ over each row's target and sampled classes, an estimate
  /// of that over all classes at the cost of the sample.
  ///
  /// Z ≈ e^{⟨x, t⟩} + Σ e^{⟨x, c⟩ − log E(c)} over the sampled c that are not the row's target t, E(c) being how
  /// often c is expected in the sample: the logQ correction (Yi et al.: Sampling-Bias-Corrected Neural
  /// Modeling for Large Corpus Item Recommendations. RecSys 2019, section 4, equation 3). The target is
  /// always there, so that nothing is taken from its own logit (Jean et al., ACL 2015, equation 9).
  /// Both gradients are made in the forward pass, and only rows that were looked up receive one.
  ///
  /// - Parameters:
  ///   - x: N × D.
  ///   - table: V × D.
  ///   - targets: N classes, each in 0..<V.
  ///   - sample: S classes, each in 0..<V.
  /// - Returns: 1 × 1; zero for no rows.
  public func softmaxCrossEntropy(
    _ x: Variable, table: Variable, targets: [Int32], sample: SampledClasses
  ) -> Variable {
    let (n, d, v, s) = (x.rows, x.columns, table.rows, sample.classes.count)
    precondition(table.columns == d && targets.count == n, "cross-entropy: shapes differ")
    precondition(
      (targets + sample.classes).allSatisfy { $0 >= 0 && Int($0) < v },
      "cross-entropy: classes of \(v)")
    var places: [Int32: [Int]] = [:]
    for (place, sampled) in sample.classes.enumerated() {
      places[sampled, default: []].append(place)
    }
    let chunk = 128
    let width = s + 1  // The target's logit stands behind those of the sample.
    let sampled = table.value.gathering(rows: sample.classes)
    var logits = [Float](repeating: 0, count: min(n, chunk) * width)
    var slopes = Matrix(rows: n, columns: d)
    var sampledSlopes = Matrix(rows: s, columns: d)
    var targetSlopes = [Float](repeating: 0, count: n)
    var total = 0.0
    let share = 1 / Float(max(n, 1))
    logits.withUnsafeMutableBufferPointer { logits in
      slopes.values.withUnsafeMutableBufferPointer { dx in
        sampledSlopes.values.withUnsafeMutableBufferPointer { ds in
          guard let p = logits.baseAddress, let dx = dx.baseAddress, let ds = ds.baseAddress
          else { return }
          x.value.read { x in
            table.value.read { table in
              sampled.read { w in
                for start in stride(from: 0, to: n, by: chunk) {
                  let rows = min(chunk, n - start)
                  BLAS.gemm(
                    m: rows, n: s, k: d, x + start * d, d, w, d, transposeB: true, p, width)
                  for row in 0..<rows {
                    let (target, logits) = (targets[start + row], p + row * width)
                    for place in 0..<s { logits[place] -= sample.logExpected[place] }
                    for place in places[target] ?? [] { logits[place] = -.infinity }
                    let logit = Kernels.dot(x + (start + row) * d, table + Int(target) * d, d)
                    logits[s] = logit
                    total += Double(Kernels.softmax(logits, width) - logit)
                    targetSlopes[start + row] = share * (logits[s] - 1)
                  }
                  guard isRecording else { continue }
                  BLAS.gemm(
                    m: rows, n: d, k: s, alpha: share, p, width, w, d, dx + start * d, d)
                  BLAS.gemm(
                    m: s, n: d, k: rows, alpha: share, p, width, transposeA: true, x + start * d, d,
                    beta: 1, ds, d)
                  for row in start..<start + rows {
                    Kernels.axpy(
                      targetSlopes[row], table + Int(targets[row]) * d, dx + row * d, d)
                  }
                }
              }
            }
          }
        }
      }
    }
    let (xGradient, sampledGradient, ofTargets) = (slopes, sampledSlopes, targetSlopes)
    let mean = Float(total) * share
    return node(Matrix(rows: 1, columns: 1, repeating: mean), [x, table]) { g in
      x.contribute { dx in xGradient.read { Kernels.axpy(g[0], $0, dx, n * d) } }
      table.scatter { dt in
        sampledGradient.read { ds in
          for (place, row) in sample.classes.enumerated() {
            Kernels.axpy(g[0], ds + place &* d, dt + Int(row) &* d, d)
          }
        }
        x.value.read { x in
          for (n, row) in targets.enumerated() {
            Kernels.axpy(g[0] * ofTargets[n], x + n &* d, dt + Int(row) &* d, d)
          }
        }
      }
      table.touch(sample.classes)
      table.touch(targets)
    }
  }
}
