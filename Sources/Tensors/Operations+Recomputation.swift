public import Foundations

extension Tape {
  /// A part of a computation whose intermediate values are not kept (Chen et al., 2016).
  ///
  /// The backward pass computes them again, from the same input and the same random numbers and so with the same
  /// bits. What is kept is the input alone.
  ///
  /// - Parameters:
  ///   - x: The input.
  ///   - random: What the part draws from.
  ///   - part: Computes on the tape that it is given, every time alike.
  /// - Returns: What the part returns.
  public func recomputed(
    _ x: Variable, using random: inout SeededRandom,
    _ part: @escaping (Tape, Variable, inout SeededRandom) -> Variable
  ) -> Variable {
    guard isRecording else { return part(self, x, &random) }
    let before = random
    // A tape that is thrown away: what it kept is freed here.
    let result = part(Tape(gradients: gradients), x, &random)
    return node(result.value, [result]) { [gradients] g in
      var random = before
      let tape = Tape(gradients: gradients)
      tape.backward(from: part(tape, x, &random), gradient: g)
    }
  }
}
