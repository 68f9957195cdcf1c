import Foundations
public import Tensors
public import Testing

/// Largest difference allowed between two ways of summing the same few products in Float.
private let tolerance: Float = 2e-6

/// A parameter of normal numbers that its name decides.
public func normalParameter(_ name: String, _ rows: Int, _ columns: Int) -> Parameter {
  var random = SeededRandom(seed: 3, purpose: name)
  return Parameter(name, .normal(rows: rows, columns: columns, deviation: 0.5, using: &random))
}

/// Whether two matrices agree up to rounding.
public func expectClose(
  _ a: Matrix, _ b: Matrix, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.rows == b.rows && a.columns == b.columns, sourceLocation: sourceLocation)
  let difference = zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
  #expect(
    difference < tolerance, "\(what): largest difference \(difference)",
    sourceLocation: sourceLocation)
}

/// Loss and gradients of a computation on its parameters.
public func differentiate(
  _ parameters: [Parameter], _ loss: (Tape) -> Variable
) -> (loss: Matrix, gradients: [Matrix]) {
  let tape = Tape()
  let value = loss(tape)
  tape.backward(from: value)
  let gradients = parameters.map(\.gradient)
  Adam(parameters, .init(learningRate: 0)).step()
  return (value.value, gradients)
}

/// Whether a fused operation has the loss and the gradients of plain ones put together.
public func expectSame(
  _ parameters: [Parameter], fused: (Tape) -> Variable, plain: (Tape) -> Variable,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (a, b) = (differentiate(parameters, fused), differentiate(parameters, plain))
  expectClose(a.loss, b.loss, "loss", sourceLocation: sourceLocation)
  for (index, parameter) in parameters.enumerated() {
    expectClose(
      a.gradients[index], b.gradients[index], parameter.name, sourceLocation: sourceLocation)
  }
  #expect(
    a.gradients.contains { $0.values.contains { $0 != 0 } }, sourceLocation: sourceLocation)
}
