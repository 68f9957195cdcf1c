import Foundation

/// Student's t distribution.
public struct StudentT: Sendable {
  /// Degrees of freedom, positive.
  public let degreesOfFreedom: Double

  /// The distribution with the given degrees of freedom, which must be positive.
  public init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "degrees of freedom must be positive")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(|T| ≥ |t|) = I_x(ν/2, 1/2) with x = ν/(ν + t²), ν degrees of freedom.
  public func twoSidedPValue(_ t: Double) -> Double {
    precondition(!t.isNaN, "a t statistic must be a number")
    if t.isInfinite { return 0 }
    let sum = degreesOfFreedom + t * t
    return regularizedIncompleteBeta(
      a: degreesOfFreedom / 2, b: 0.5, x: degreesOfFreedom / sum, complement: t * t / sum)
  }

  /// The t > 0 with P(|T| < t) = `level`, by bisection to the last bits.
  ///
  /// - Parameter level: A probability in 0..<1.
  /// - Returns: The quantile of level (1 + `level`) / 2.
  public func twoSidedQuantile(_ level: Double) -> Double {
    precondition(level >= 0 && level < 1, "a level lies in 0..<1, found \(level)")
    let tail = 1 - level
    var low = 0.0
    var high = 1.0
    while twoSidedPValue(high) > tail {
      low = high
      high *= 2
    }
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { return middle }
      if twoSidedPValue(middle) > tail { low = middle } else { high = middle }
    }
  }
}

/// The regularised incomplete beta function I_x(a, b) by its continued fraction.
///
/// DLMF 8.17.22, evaluated by the modified Lentz method; the symmetry I_x(a, b) = 1 − I_{1−x}(b, a)
/// keeps it where it converges in O(√max(a, b)) steps.
///
/// - Parameters:
///   - a: First shape, positive.
///   - b: Second shape, positive.
///   - x: In 0...1.
///   - complement: 1 − x, given apart so that no digits are lost near 1.
/// - Returns: A value in 0...1.
func regularizedIncompleteBeta(a: Double, b: Double, x: Double, complement: Double) -> Double {
  if x <= 0 { return 0 }
  if complement <= 0 { return 1 }
  if x > (a + 1) / (a + b + 2) {
    return 1 - regularizedIncompleteBeta(a: b, b: a, x: complement, complement: x)
  }
  let logFront =
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(complement)
  let tiny = 1e-300
  func nonzero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }

  var c = 1.0
  var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
  var fraction = d
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonzero(1 + even * d)
    c = nonzero(1 + even / c)
    fraction *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonzero(1 + odd * d)
    c = nonzero(1 + odd / c)
    fraction *= d * c
    if abs(d * c - 1) < 1e-15 { return exp(logFront) * fraction / a }
  }
  preconditionFailure("the incomplete beta function did not converge at a=\(a) b=\(b) x=\(x)")
}

private func logGamma(_ x: Double) -> Double {
  let (value, _) = lgamma(x)
  return value
}
