import Foundation
import Foundations
import Tensors
import TestSupport
import Testing

@Suite("Kernels")
struct KernelTests {
  private func exponential(_ x: Float) -> Float { Kernels.exp(Kernels.Lanes(repeating: x))[0] }

  @Test("exp is within two units in the last place from −87 to 88")
  func exponentialIsAccurate() {
    var worst = 0.0
    for step in 0...1_750_000 {
      let x = Float(step) * 1e-4 - 87
      let expected = exp(Double(x))
      let unit = Double(Float(expected).ulp)
      worst = max(worst, abs(Double(exponential(x)) - expected) / unit)
    }
    #expect(worst <= 2, "\(worst) units")
  }

  @Test("exp of 0 is 1; far below it is 0, far above large and finite; NaN stays NaN")
  func exponentialAtTheEnds() {
    #expect(exponential(0) == 1)
    #expect(exponential(-0.0) == 1)
    for x: Float in [-87.4, -88, -1000, -.greatestFiniteMagnitude, -.infinity] {
      #expect(exponential(x) == 0)
    }
    for x: Float in [89, 1000, .greatestFiniteMagnitude, .infinity] {
      #expect(exponential(x) > 2e38 && exponential(x).isFinite)
    }
    #expect(exponential(.nan).isNaN)
  }

  @Test("exp treats every lane alike")
  func lanes() {
    let x = Kernels.Lanes(-100, -1, 0, 0.5, 1, 20, 88, 100)
    let y = Kernels.exp(x)
    for lane in 0..<8 { #expect(y[lane] == exponential(x[lane])) }
  }

  @Test("dot agrees with a plain sum for every length around the vector width")
  func dot() {
    var random = SeededRandom(seed: 1)
    for count in [0, 1, 7, 8, 9, 15, 16, 17, 100] {
      let a = (0..<count).map { _ in random.normal() }
      let b = (0..<count).map { _ in random.normal() }
      let expected = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let found = a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return Float(0) }
          return Kernels.dot(a, b, count)
        }
      }
      // Up to 100 sums of rounded products of size 1.
      expectClose([found], [expected], tolerance: 5e-6)
    }
  }

  private func softmax(_ x: [Float]) -> (shares: [Float], normalizer: Float) {
    var shares = x
    let normalizer = shares.withUnsafeMutableBufferPointer {
      $0.baseAddress.map { Kernels.softmax($0, x.count) }
    }
    return (shares, normalizer ?? .nan)
  }

  @Test("softmax agrees with its definition, and returns the logarithm of the sum")
  func softmaxIsAccurate() {
    var random = SeededRandom(seed: 1)
    for count in [1, 7, 8, 9, 30] {
      let x = (0..<count).map { _ in 5 * random.normal() }
      let total = x.reduce(0.0) { $0 + exp(Double($1)) }
      let (shares, normalizer) = softmax(x)
      expectClose(shares, x.map { exp(Double($0)) / total }, tolerance: 1e-6)
      expectClose([normalizer], [log(total)], tolerance: 1e-6)
    }
  }

  @Test("softmax takes logits of any size, and shows NaN")
  func softmaxAtTheEnds() {
    #expect(softmax([1e30, 0, -1e30]).shares == [1, 0, 0])
    #expect(softmax([-1e30, -.infinity, -1e30]).shares == [0.5, 0, 0.5])
    for position in 0..<9 {
      var x = [Float](repeating: 0, count: 9)
      x[position] = .nan
      #expect(softmax(x).shares.contains { $0.isNaN })
    }
  }

  @Test("sigmoid agrees with its definition and saturates", arguments: [3, 8, 11])
  func sigmoid(count: Int) {
    let x = (0..<count).map { Float($0 - 4) * 25 / 7 } + [-1000, 1000]
    let found = [Float](unsafeUninitializedCapacity: x.count) { buffer, initialized in
      x.withUnsafeBufferPointer {
        if let x = $0.baseAddress, let y = buffer.baseAddress {
          Kernels.sigmoid(x, into: y, $0.count)
        }
      }
      initialized = x.count
    }
    expectClose(found, x.map { 1 / (1 + exp(-Double($0))) }, tolerance: 1e-6)
  }
}
