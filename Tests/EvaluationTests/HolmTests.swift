import Evaluation
import Testing

@Suite struct HolmTests {
  @Test func `p-values are adjusted as R's p.adjust does`() {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
    let adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005])
    #expect(zip(adjusted, [0.03, 0.06, 0.06, 0.02]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(holmAdjusted([0.5, 0.9, 0.4]) == [1, 1, 1])
    #expect(holmAdjusted([0.04]) == [0.04])
    #expect(holmAdjusted([]) == [])
  }
}
