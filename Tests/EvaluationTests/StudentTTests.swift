import Evaluation
import Testing

/// Golden values: scipy 1.17.1, printed by golden.py.
@Suite struct StudentTTests {
  /// Bound on the relative error: log-gamma loses some digits of its 16 at thousands of degrees of
  /// freedom, where its value is in the tens of thousands.
  static let tolerance = 1e-10

  static let pValues: [(degreesOfFreedom: Double, t: Double, p: Double)] = [
    (1, 0.0, 1.0),
    (1, 0.001, 0.9993633804398159),
    (1, 0.5, 0.7048327646991335),
    (1, 1.96, 0.3003428917760331),
    (1, 4.0, 0.15595826075473865),
    (1, 12.0, 0.052929352119179755),
    (2, 0.0, 1.0),
    (2, 0.001, 0.9992928933955901),
    (2, 0.5, 0.6666666666666667),
    (2, 1.96, 0.18905730960173228),
    (2, 4.0, 0.05719095841793663),
    (2, 12.0, 0.00687293367715846),
    (5, 0.0, 1.0),
    (5, 0.001, 0.9992407867721976),
    (5, 0.5, 0.6382988716409291),
    (5, 1.96, 0.10728795250529416),
    (5, 4.0, 0.01032341548083145),
    (5, 12.0, 7.089492517161522e-05),
    (29, 0.0, 1.0),
    (29, 0.001, 0.9992089629783623),
    (29, 0.5, 0.6208480841937812),
    (29, 1.96, 0.05966779551959133),
    (29, 4.0, 0.00040006394565249173),
    (29, 12.0, 9.060708333137183e-13),
    (942, 0.0, 1.0),
    (942, 0.001, 0.9992023272969504),
    (942, 0.5, 0.6171918527516209),
    (942, 1.96, 0.05029027135231639),
    (942, 4.0, 6.83050340606271e-05),
    (942, 12.0, 5.658499914436799e-31),
    (6039, 0.0, 1.0),
    (6039, 0.001, 0.9992021486020024),
    (6039, 0.5, 0.6170932953019631),
    (6039, 1.96, 0.050041709541764595),
    (6039, 4.0, 6.409914659389949e-05),
    (6039, 12.0, 8.369041216825029e-33),
  ]

  static let quantiles: [(degreesOfFreedom: Double, level: Double, t: Double)] = [
    (1, 0.5, 1.0000000000000002),
    (1, 0.95, 12.706204736174694),
    (1, 0.99, 63.656741162871526),
    (2, 0.5, 0.8164965809277261),
    (2, 0.95, 4.302652729749462),
    (2, 0.99, 9.924843200918287),
    (5, 0.5, 0.7266868438004226),
    (5, 0.95, 2.5705818356363146),
    (5, 0.99, 4.032142983555228),
    (29, 0.5, 0.6830438608216131),
    (29, 0.95, 2.045229642132703),
    (29, 0.99, 2.756385903670605),
    (942, 0.5, 0.6747502802433677),
    (942, 0.95, 1.962485503006619),
    (942, 0.99, 2.58105853924654),
    (6039, 0.5, 0.6745303774669542),
    (6039, 0.95, 1.9603568871197627),
    (6039, 0.99, 2.576643678591595),
  ]

  @Test(arguments: pValues)
  func `two-sided p-values agree with scipy, far tails included`(
    golden: (degreesOfFreedom: Double, t: Double, p: Double)
  ) {
    let distribution = StudentT(degreesOfFreedom: golden.degreesOfFreedom)
    for t in [golden.t, -golden.t] {
      let p = distribution.twoSidedPValue(t)
      #expect(abs(p - golden.p) <= Self.tolerance * golden.p, "\(golden): \(p)")
    }
  }

  @Test(arguments: quantiles)
  func `quantiles agree with scipy`(
    golden: (degreesOfFreedom: Double, level: Double, t: Double)
  ) {
    let t = StudentT(degreesOfFreedom: golden.degreesOfFreedom).twoSidedQuantile(golden.level)
    #expect(abs(t - golden.t) <= Self.tolerance * golden.t, "\(golden): \(t)")
  }

  @Test func `an infinite statistic has no tail left`() {
    #expect(StudentT(degreesOfFreedom: 3).twoSidedPValue(.infinity) == 0)
  }

  @Test func `the empty level has quantile zero`() {
    #expect(StudentT(degreesOfFreedom: 3).twoSidedQuantile(0) < 1e-12)
  }
}
