import Evaluation
import Testing

@Suite struct MetricTests {
  /// Four users and the ranks of their targets: first, third, fourth, missed.
  static let ranks: [Int?] = [0, 2, 3, nil]

  /// By hand: 1/log₂2 = 1, 1/log₂4 = 1/2, 1/log₂5 = 0.430677.
  static let tables: [(metric: Metric, values: [Float])] = [
    (.hr3, [1, 1, 0, 0]),
    (.ndcg3, [1, 0.5, 0, 0]),
    (.hr5, [1, 1, 1, 0]),
    (.ndcg5, [1, 0.5, 0.430677, 0]),
    (.hr10, [1, 1, 1, 0]),
    (.ndcg10, [1, 0.5, 0.430677, 0]),
  ]

  @Test(arguments: tables)
  func `top-k metrics match a table worked by hand`(metric: Metric, values: [Float]) {
    for (rank, expected) in zip(Self.ranks, values) {
      #expect(abs(metric.value(rank: rank) - expected) < 1e-6, "rank \(String(describing: rank))")
    }
  }

  @Test func `a rank counts only below the cut-off`() {
    #expect(hitRate(rank: 4, at: 5) == 1)
    #expect(hitRate(rank: 5, at: 5) == 0)
    #expect(ndcg(rank: 5, at: 5) == 0)
    #expect(ndcg(rank: 0, at: 1) == 1)
  }

  @Test func `errors are squared or absolute, and RMSE is the root of the mean`() {
    let pairs: [(predicted: Float, actual: Float)] = [(3, 5), (4, 4), (2.5, 1), (5, 4)]
    let squared = pairs.map { Metric.rmse.value(predicted: $0.predicted, actual: $0.actual) }
    let absolute = pairs.map { Metric.mae.value(predicted: $0.predicted, actual: $0.actual) }
    #expect(squared == [4, 0, 2.25, 1])
    #expect(absolute == [2, 0, 1.5, 1])
    #expect(Metric.rmse.summary(ofMean: 7.25 / 4) == (7.25 / 4).squareRoot())
    #expect(Metric.mae.summary(ofMean: 4.5 / 4) == 4.5 / 4)
  }

  @Test func `names follow the contracts of results and artifacts`() {
    #expect(
      Metric.allCases.map(\.rawValue) == [
        "HR@3", "NDCG@3", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "NDCG@20", "RMSE", "MAE",
      ])
    #expect(!(Metric.ranking + Metric.rating).contains(.ndcg20), "it chooses, and is never told")
    #expect(Metric.rating.map(\.column) == ["squared-error", "absolute-error"])
    for metric in Metric.allCases { #expect(Metric(column: metric.column) == metric) }
    #expect(Metric(column: "RMSE") == nil)
    #expect(Metric.allCases.filter { !$0.higherIsBetter } == [.rmse, .mae])
  }
}
