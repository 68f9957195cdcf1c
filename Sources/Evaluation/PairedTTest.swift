/// A two-sided paired t-test: whether the mean of the differences a − b is zero.
public struct PairedTTest: Sendable {
  /// Mean difference ÷ its standard error; infinite where all differences are equal and not zero.
  public let t: Double
  /// Pairs − 1.
  public let degreesOfFreedom: Int
  /// P(|T| ≥ |t|) under Student's t distribution, exact; 1 where every difference is zero.
  public let pValue: Double
  /// Mean of a − b.
  public let meanDifference: Double
  /// Standard error of the mean difference.
  public let standardError: Double

  /// Tests pairs `a[n]`, `b[n]` of equal count; nil with fewer than two or a value not finite.
  public init?(_ a: [Double], _ b: [Double]) {
    precondition(a.count == b.count, "\(a.count) and \(b.count) values do not pair")
    guard a.count >= 2 else { return nil }
    let differences = zip(a, b).map { $0 - $1 }
    let (mean, deviation) = meanAndSpread(differences)
    guard mean.isFinite, deviation.isFinite else { return nil }
    degreesOfFreedom = differences.count - 1
    meanDifference = mean
    standardError = deviation / Double(differences.count).squareRoot()
    t = mean == 0 ? 0 : mean / standardError
    pValue = StudentT(degreesOfFreedom: Double(degreesOfFreedom)).twoSidedPValue(t)
  }

  /// Tests pairs of single-precision values, computing in double precision.
  public init?(_ a: [Float], _ b: [Float]) {
    self.init(a.map(Double.init), b.map(Double.init))
  }

  /// The interval that covers the true mean difference with probability `level`.
  ///
  /// - Parameter level: A probability in 0..<1.
  /// - Returns: An interval centred on ``meanDifference``.
  public func confidenceInterval(level: Double = 0.95) -> ClosedRange<Double> {
    let t = StudentT(degreesOfFreedom: Double(degreesOfFreedom)).twoSidedQuantile(level)
    return (meanDifference - t * standardError)...(meanDifference + t * standardError)
  }
}

/// Mean and sample standard deviation (divisor n − 1; 0 for one value), as over the seeds of a row.
///
/// - Parameter values: At least one value.
/// - Returns: Both, in the unit of the values.
public func meanAndSpread(_ values: [Double]) -> (mean: Double, std: Double) {
  precondition(!values.isEmpty, "the mean of no values is undefined")
  // A constant list has exactly no spread, whatever its mean rounds to.
  if values.allSatisfy({ $0 == values[0] }) { return (values[0], 0) }
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / Double(values.count - 1)).squareRoot())
}
