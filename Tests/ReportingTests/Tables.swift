import Evaluation
import Reporting

/// Four users on one metric, so that every number can be worked by hand.
enum Tables {
  static let users: [Int32] = [2, 3, 5, 8]

  /// Metrics of one seed; `values` holds each method's four values of each column.
  static func run(
    task: RecommendationTask = .direct, backbone: String = "lightgcn", dataset: String = "ml-1m",
    seed: Int,
    columns: [Metric] = [.ndcg5], _ values: KeyValuePairs<Method, [Float]>,
    choices: [String: String] = [:]
  ) -> UserMetrics {
    var metrics = UserMetrics(
      task: task, backbone: backbone, languageModel: "title-llama", dataset: dataset, seed: seed,
      methods: values.map(\.key),
      metrics: columns, users: users, interactions: [3, 10, 20, 40],
      values: values.flatMap(\.value),
      alpha1: [0.1, 0.9], alpha2: [0.1, 0.5, 0.9], map: [0.1, 0.2, 0.3, 0.2, 0.5, 0.4],
      mapMetric: .ndcg10, choices: choices)
    metrics.popularity = [9, 1, 2, 30]
    metrics.weights = [0.9, 0.5, 0.5, 0.1]
    metrics.listed = Listed(
      length: 50, byBackbone: [true, false, false, false],
      byLanguageModel: [true, true, false, false])
    return metrics
  }

  static func baseline(
    _ method: String, task: RecommendationTask = .direct, columns: [Metric] = [.ndcg5],
    users: [Int32] = users, _ values: [Float]
  ) -> BaselineMetrics {
    BaselineMetrics(
      method: .simple(method), task: task, dataset: "ml-1m", seed: 1, metrics: columns,
      users: users,
      values: values)
  }

  /// Two seeds of three methods; means base 0.3, ift 0.2, llama4rec 0.6.
  static let direct = [
    run(
      seed: 1,
      [
        .base: [0.2, 0.4, 0.2, 0.4], .ift: [0.1, 0.3, 0.1, 0.3],
        .llama4rec: [0.5, 0.9, 0.3, 0.5],
      ], choices: ["mode": "pointwise", "alpha1": "0.9", "alpha2": "0.5"]),
    run(
      seed: 2,
      [
        .base: [0.2, 0.4, 0.2, 0.4], .ift: [0.3, 0.1, 0.1, 0.3],
        .llama4rec: [0.7, 0.9, 0.5, 0.5],
      ], choices: ["mode": "listwise", "alpha1": "0.1", "alpha2": "0.9"]),
  ]
}
