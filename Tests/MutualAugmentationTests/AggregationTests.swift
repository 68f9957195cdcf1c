import Foundation
import MutualAugmentation
import Testing

@Suite struct AggregationTests {
  @Test func `equation 5: the coefficient is the logarithm of interactions plus one`() {
    #expect(AdaptiveAggregation.longTailCoefficient(interactions: 0) == 0)
    #expect(
      abs(AdaptiveAggregation.longTailCoefficient(interactions: 19) - 2.995_732_3) < 1e-6)
  }

  @Test func `equation 7: fewer interactions get more weight, down to a cut-off`() {
    // ℓ = 0, ln 2, 2 ln 2, 3 ln 2, so the ratios are 1, 2/3, 1/3, 0.
    let weights = AdaptiveAggregation(alpha1: 0.9, alpha2: 0.5).weights(interactions: [0, 1, 3, 7])
    for (found, expected) in zip(weights, [0.9, 0.6, 0.45, 0.45] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
    let open = AdaptiveAggregation(alpha1: 0.6, alpha2: 0).weights(interactions: [7, 0, 1])
    for (found, expected) in zip(open, [0, 0.6, 0.4] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
  }

  @Test func `users with equally many interactions all get the cut-off`() {
    let aggregation = AdaptiveAggregation(alpha1: 0.5, alpha2: 0.3)
    #expect(aggregation.weights(interactions: [4, 4, 4]) == [0.15, 0.15, 0.15])
    #expect(aggregation.weights(interactions: [0]) == [0.15])
    #expect(aggregation.weights(interactions: []).isEmpty)
  }

  @Test func `utilities by position fall by one, ties in the order of the list`() {
    #expect(Utility.positions([0.1, 0.9, 0.5]) == [-3, -1, -2])
    #expect(Utility.positions([2, 7, 2, 7]) == [-3, -1, -4, -2])
    #expect(Utility.positions([]).isEmpty)
  }

  @Test func `standardized utilities have mean 0 and deviation 1`() {
    let deviation = Float(1.25).squareRoot()
    for (found, expected) in zip(Utility.standardized([4, 1, 3, 2]), [1.5, -1.5, 0.5, -0.5]) {
      #expect(abs(found - Float(expected) / deviation) < 1e-6)
    }
    #expect(Utility.standardized([5, 5, 5]) == [0, 0, 0])
    #expect(Utility.standardized([5]) == [0])
    #expect(Utility.standardized([]).isEmpty)
  }
}
