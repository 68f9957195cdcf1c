import Foundations
public import Tensors
public import Testing

/// A differentiable function of some matrices, for the comparison with central differences.
public struct GradientCase: Sendable, CustomTestStringConvertible {
  public let testDescription: String
  /// Shapes of the arguments, rows × columns.
  let shapes: [(rows: Int, columns: Int)]
  /// Keeps arguments away from a kink at zero.
  var avoidsZero = false
  let function: @Sendable (Tape, [Variable]) -> Variable

  public init(
    _ name: String, _ shapes: [(rows: Int, columns: Int)], avoidsZero: Bool = false,
    _ function: @escaping @Sendable (Tape, [Variable]) -> Variable
  ) {
    testDescription = name
    self.shapes = shapes
    self.avoidsZero = avoidsZero
    self.function = function
  }

  /// Step of the differences.
  static let step: Float = 0.05

  /// Largest difference allowed, relative to the larger of 1 and the slope.
  ///
  /// The fourth-order formula's own error is step⁴ / 30 times the fifth derivative, 2e-7 of it; rounding
  /// adds 1.5 · 6e-8 / step, 2e-6 of each of the up to 200 summed outputs. A wrong formula is off by 0.1.
  static let tolerance: Float = 1e-3

  /// Compares the gradient of Σ c ∘ f, with fixed random c, in every argument and element.
  public func check() {
    var random = SeededRandom(seed: 11, purpose: testDescription)
    let parameters = shapes.enumerated().map { index, shape in
      var value = Matrix.normal(
        rows: shape.rows, columns: shape.columns, deviation: 0.7, using: &random)
      if avoidsZero {
        for i in value.values.indices {
          value.values[i] += value.values[i] < 0 ? -3 * Self.step : 3 * Self.step
        }
      }
      return Parameter("\(index)", value)
    }
    let first = output(parameters)
    let factors = Matrix.normal(
      rows: first.rows, columns: first.columns, deviation: 1, using: &random)
    differentiate(parameters, factors)

    for parameter in parameters {
      let gradient = parameter.gradient.values
      var largest: Float = 0
      for i in gradient.indices {
        let slope = slope(parameters, parameter, i, factors)
        largest = max(largest, abs(slope))
        #expect(
          abs(gradient[i] - slope) <= Self.tolerance * max(1, abs(slope)),
          "argument \(parameter.name), element \(i): gradient \(gradient[i]), slope \(slope)")
      }
      #expect(largest > 0.01, "argument \(parameter.name) has no influence: the check is void")
    }
  }

  private func output(_ parameters: [Parameter]) -> Matrix {
    let tape = Tape()
    return function(tape, parameters.map(tape.parameter)).value
  }

  private func differentiate(_ parameters: [Parameter], _ factors: Matrix) {
    let tape = Tape()
    let result = function(tape, parameters.map(tape.parameter))
    tape.backward(from: tape.sum(tape.rowDot(result, tape.constant(factors))))
  }

  /// (−f(x + 2h) + 8 f(x + h) − 8 f(x − h) + f(x − 2h)) / 12h, summed in Double.
  private func slope(
    _ parameters: [Parameter], _ parameter: Parameter, _ index: Int, _ factors: Matrix
  ) -> Float {
    let center = parameter.value.values[index]
    var sum = 0.0
    for (shift, weight) in [(2, -1.0), (1, 8), (-1, -8), (-2, 1)] {
      parameter.value.values[index] = center + Float(shift) * Self.step
      let values = output(parameters).values
      sum += weight * zip(values, factors.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    parameter.value.values[index] = center
    return Float(sum / (12 * Double(Self.step)))
  }
}

extension Tape {
  /// The sum of a column.
  public func sum(_ column: Variable) -> Variable {
    let n = column.rows
    let ones = SparseMatrix(
      columnCount: n, offsets: [0, n], columns: (0..<Int32(n)).map { $0 },
      values: [Float](repeating: 1, count: n))
    return multiply(ones, transposed: ones.transposed(), column)
  }
}

/// Whether two lists of numbers agree within a tolerance, relative to the larger of 1 and the number.
public func expectClose(
  _ found: [Float], _ expected: [Double], tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (index, (found, expected)) in zip(found, expected).enumerated() {
    #expect(
      abs(Double(found) - expected) <= tolerance * max(1, abs(expected)),
      "element \(index): found \(found), expected \(expected)", sourceLocation: sourceLocation)
  }
}
