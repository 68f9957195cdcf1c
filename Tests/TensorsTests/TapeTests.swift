import Tensors
import Testing

@Suite("The tape")
struct TapeTests {
  private let weights = Parameter("weights", Matrix(rows: 1, columns: 2, values: [3, -2]))

  @Test("gradients of several backward passes add up until a step")
  func accumulate() {
    #expect(weights.gradient.values == [0, 0])
    for pass in 1...2 {
      let tape = Tape()
      tape.backward(from: tape.halfSquaredNorm(tape.parameter(weights)))
      #expect(weights.gradient.values == [Float(pass) * 3, Float(pass) * -2])
    }
    Adam([weights]).step()
    #expect(weights.gradient.values == [0, 0])
  }

  @Test("a tape that does not record leaves gradients alone")
  func silent() {
    let tape = Tape(recording: false)
    let loss = tape.halfSquaredNorm(tape.parameter(weights))
    #expect(loss.value.values == [6.5])
    tape.backward(from: loss)
    #expect(weights.gradient.values == [0, 0])
  }

  @Test("what the loss does not depend on gets no gradient")
  func unused() {
    let other = Parameter("other", Matrix(rows: 1, columns: 2, values: [1, 1]))
    let tape = Tape()
    _ = tape.scale(tape.parameter(other), by: 2)
    tape.backward(from: tape.halfSquaredNorm(tape.parameter(weights)))
    #expect(other.gradient.values == [0, 0])
    #expect(weights.gradient.values == [3, -2])
  }

  @Test("a constant among the inputs gets no gradient and the others get theirs")
  func constant() {
    let tape = Tape()
    let product = tape.multiply(
      tape.parameter(weights), tape.constant(Matrix(rows: 1, columns: 2, values: [10, 100])))
    tape.backward(from: tape.halfSquaredNorm(product))
    #expect(weights.gradient.values == [300, -20_000])
  }

  @Test("a parameter read twice sums both gradients")
  func twice() {
    let tape = Tape()
    let (a, b) = (tape.parameter(weights), tape.parameter(weights))
    tape.backward(from: tape.add(tape.halfSquaredNorm(a), tape.halfSquaredNorm(b)))
    #expect(weights.gradient.values == [6, -4])
  }

  @Test("only a single number can be differentiated")
  func notScalar() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      tape.backward(from: tape.constant(Matrix(rows: 1, columns: 2)))
    }
  }

  @Test("shapes that do not fit are a trap")
  func shapes() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      _ = tape.add(
        tape.constant(Matrix(rows: 1, columns: 2)), tape.constant(Matrix(rows: 2, columns: 1)))
    }
  }
}
