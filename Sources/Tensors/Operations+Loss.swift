extension Tape {
  /// Mean softmax cross-entropy over rows, −log p(target).
  ///
  /// The softmax and its gradient are fused: probabilities are kept, not logits and log-probabilities.
  ///
  /// - Parameters:
  ///   - logits: N × V.
  ///   - targets: N classes, each in 0..<V.
  /// - Returns: 1 × 1; zero for no rows.
  public func softmaxCrossEntropy(_ logits: Variable, targets: [Int32]) -> Variable {
    let (n, v) = (logits.rows, logits.columns)
    precondition(targets.count == n, "cross-entropy: \(n) rows, \(targets.count) targets")
    var probabilities = logits.value
    var total = 0.0
    probabilities.values.withUnsafeMutableBufferPointer { buffer in
      guard let p = buffer.baseAddress else { return }
      for row in 0..<n {
        let target = Int(targets[row])
        precondition(target >= 0 && target < v, "class \(target) of \(v)")
        let logit = p[row * v + target]
        total += Double(Kernels.softmax(p + row * v, v) - logit)
      }
    }
    let softmax = probabilities
    let mean = Float(total / Double(max(n, 1)))
    return node(Matrix(rows: 1, columns: 1, repeating: mean), [logits]) { g in
      let scale = g[0] / Float(max(n, 1))
      logits.contribute { d in
        softmax.read { p in
          for row in 0..<n {
            Kernels.axpy(scale, p + row * v, d + row * v, v)
            d[row * v + Int(targets[row])] -= scale
          }
        }
      }
    }
  }

  /// Mean binary cross-entropy of logits.
  ///
  /// - Parameters:
  ///   - logits: N × 1.
  ///   - labels: N numbers in 0...1.
  /// - Returns: 1 × 1.
  public func binaryCrossEntropy(_ logits: Variable, labels: [Float]) -> Variable {
    precondition(logits.value.count == labels.count, "binary cross-entropy: shapes differ")
    return pointwiseLoss([logits], count: labels.count) { i in
      let (z, y) = (logits.value.values[i], labels[i])
      return (Kernels.softplus(z) - y * z, Kernels.sigmoid(z) - y, 0)
    }
  }

  /// Mean squared error.
  ///
  /// - Parameters:
  ///   - predictions: N × 1.
  ///   - targets: N numbers.
  /// - Returns: 1 × 1.
  public func meanSquaredError(_ predictions: Variable, targets: [Float]) -> Variable {
    precondition(predictions.value.count == targets.count, "squared error: shapes differ")
    return pointwiseLoss([predictions], count: targets.count) { i in
      let error = predictions.value.values[i] - targets[i]
      return (error * error, 2 * error, 0)
    }
  }

  /// Half the sum of squares, for L2 regularisation: λ/2 ‖x‖² with the factor given to `scale`.
  public func halfSquaredNorm(_ x: Variable) -> Variable {
    let count = x.value.count
    let sum = x.value.read { Kernels.dot($0, $0, count) }
    return node(Matrix(rows: 1, columns: 1, repeating: sum / 2), [x]) { g in
      x.contribute { dx in x.value.read { x in Kernels.axpy(g[0], x, dx, count) } }
    }
  }

  /// Half the sum of squares of some rows of a table, each as often as it is named.
  ///
  /// - Parameters:
  ///   - table: V × D.
  ///   - rows: Row numbers, each in 0..<V.
  /// - Returns: 1 × 1; zero for no rows.
  public func halfSquaredNorm(_ table: Variable, rows: [Int32]) -> Variable {
    let d = table.columns
    precondition(rows.allSatisfy { $0 >= 0 && Int($0) < table.rows }, "norm: rows of the table")
    let sum = table.value.read { x in
      rows.reduce(0.0) { $0 + Double(Kernels.dot(x + Int($1) * d, x + Int($1) * d, d)) }
    }
    return node(Matrix(rows: 1, columns: 1, repeating: Float(sum / 2)), [table]) { g in
      table.value.read { x in
        table.scatter { dx in
          for row in rows { Kernels.axpy(g[0], x + Int(row) &* d, dx + Int(row) &* d, d) }
        }
      }
      table.touch(rows)
    }
  }

  /// The mean of a loss that looks at one row at a time and knows its own slopes.
  ///
  /// - Parameters:
  ///   - inputs: One or two columns of N numbers.
  ///   - n: N.
  ///   - evaluate: The loss of a row, and its slopes in the inputs.
  /// - Returns: 1 × 1; zero for no rows.
  package func pointwiseLoss(
    _ inputs: [Variable], count n: Int,
    _ evaluate: (Int) -> (loss: Float, slope: Float, secondSlope: Float)
  ) -> Variable {
    var total = 0.0
    var first = [Float](repeating: 0, count: n)
    var second = inputs.count > 1 ? first : []
    for i in 0..<n {
      let (loss, slope, secondSlope) = evaluate(i)
      total += Double(loss)
      first[i] = slope
      if inputs.count > 1 { second[i] = secondSlope }
    }
    let mean = Float(total / Double(max(n, 1)))
    let recorded = [first, second]
    return node(Matrix(rows: 1, columns: 1, repeating: mean), inputs) { g in
      let scale = g[0] / Float(max(n, 1))
      for (k, input) in inputs.enumerated() {
        let slopes = recorded[k]
        input.contribute { d in for i in 0..<n { d[i] += scale * slopes[i] } }
      }
    }
  }
}
