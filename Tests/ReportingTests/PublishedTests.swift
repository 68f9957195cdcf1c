import Evaluation
import Reporting
import Testing

@Suite struct PublishedTests {
  struct Case: Sendable, CustomStringConvertible {
    var dataset: String
    var task: RecommendationTask
    var backbone: String?
    var method: Method
    var metric: Metric
    var value: Double?

    init(
      _ dataset: String, _ task: RecommendationTask, _ backbone: String?, _ method: Method,
      _ metric: Metric, _ value: Double?
    ) {
      (self.dataset, self.task, self.backbone) = (dataset, task, backbone)
      (self.method, self.metric, self.value) = (method, metric, value)
    }

    var description: String {
      "\(dataset) \(task) \(backbone ?? "-") \(method) \(metric.rawValue)"
    }
  }

  static let cases = [
    Case("ml-100k", .direct, "mf", .base, .hr3, 0.0455),
    Case("ml-100k", .direct, "lightgcn", .llama4rec, .ndcg5, 0.0608),
    Case("book-crossing", .direct, "sgl", .llama4rec, .ndcg5, 0.0448),
    Case("ml-1m", .direct, "mixgcf", .ift, .hr5, 0.0259),
    Case("ml-1m", .sequential, "sasrec", .llama4rec, .ndcg5, 0.0287),
    Case("ml-100k", .sequential, "bert4rec", .ift, .ndcg5, 0.0100),
    Case("book-crossing", .sequential, "cl4srec", .base, .ndcg3, 0.0048),
    Case("ml-100k", .rating, "deepfm", .base, .rmse, 1.0487),
    Case("book-crossing", .rating, "autoint", .llama4rec, .mae, 1.3492),
    Case("ml-1m", .direct, "lightgcn", .withoutDataAugmentation, .hr3, 0.0294),
    Case("book-crossing", .direct, "lightgcn", .withoutAdaptiveAggregation, .ndcg3, 0.0332),
    // The model alone is the rating task's instruction-tuned baseline, with any backbone.
    Case("ml-100k", .rating, "xdeepfm", .ift, .rmse, 1.2792),
    Case("ml-100k", .rating, "deepfm", .languageModelAlone, .mae, 0.8940),
    // Names in any case.
    Case("ml-100k", .direct, "LightGCN", .base, .ndcg3, 0.0343),
    // What the paper does not have.
    Case("ml-100k", .direct, "lightgcn", .withoutDataAugmentation, .hr3, nil),
    Case("ml-100k", .direct, "mf", .base, .hr10, nil),
    Case("ml-100k", .direct, nil, .simple("ease"), .hr3, nil),
    Case("ml-100k", .direct, "mf", .languageModelAlone, .hr3, nil),
    Case("demo", .direct, "mf", .base, .hr3, nil),
  ]

  @Test(arguments: cases)
  func `published values are found by the names of the results contract`(expected: Case) {
    let value = PublishedResults().lookup(
      dataset: expected.dataset, task: expected.task, backbone: expected.backbone,
      method: expected.method, metric: expected.metric)
    #expect(value == expected.value)
  }

  @Test func `all published values are there`() {
    // 7 top-k and 6 rating backbones, the model alone, the ablations.
    #expect(PublishedResults().count == 7 * 3 * 12 + 6 * 2 * 6 + 6 + 12)
  }

  @Test func `rows of the results carry the published value`() throws {
    let rows = makeResults(profile: "ml-1m", metrics: Tables.direct)
    #expect(try ResultsTests.row(rows, .base).published == 0.0264)
    #expect(try ResultsTests.row(rows, .ift).published == 0.0263)
    #expect(try ResultsTests.row(rows, .llama4rec).published == 0.0286)
  }
}
