import Evaluation
import Foundation
import Pipeline
import Testing

/// Whether new lists may take the place of published ones.
@Suite struct GateTests {
  private func figures(
    _ mean: Double, _ metric: Metric = .ndcg5, _ task: RecommendationTask = .direct,
    _ dataset: String = "d"
  ) throws -> PublishedEvaluation {
    let delivery = Delivery(
      task: task, backbone: "mf", seed: 1, metric: task.validationMetric, validation: 1,
      choices: [:])
    let row = ResultRow(
      profile: "p", dataset: dataset, task: task, backbone: "mf", method: .llama4rec,
      metric: metric, mean: mean, std: nil, seeds: 1, users: 10)
    return try PublishedEvaluation(
      of: delivery, in: Results(rows: [row]), path: "results", time: .distantPast)
  }

  @Test(arguments: [
    (0.0900, Gate.Verdict.noWorse), (0.0800, .noWorse), (0.0761, .noWorse), (0.0759, .worse),
    (0, .worse),
  ])
  func `of a metric whose larger values are better, less is worse`(
    mean: Double, verdict: Gate.Verdict
  ) throws {
    #expect(Gate(tolerance: 0.05).judge(try figures(mean), after: try figures(0.08)) == verdict)
  }

  @Test(arguments: [
    (0.9, Gate.Verdict.noWorse), (1.0, .noWorse), (1.049, .noWorse), (1.051, .worse),
  ])
  func `of an error, more is worse`(mean: Double, verdict: Gate.Verdict) throws {
    #expect(
      Gate(tolerance: 0.05).judge(
        try figures(mean, .rmse, .rating), after: try figures(1, .rmse, .rating)) == verdict)
  }

  @Test func `without tolerance the same figure passes and any loss does not`() throws {
    let gate = Gate(tolerance: 0)
    #expect(gate.judge(try figures(0.08), after: try figures(0.08)) == .noWorse)
    #expect(gate.judge(try figures(0.07999), after: try figures(0.08)) == .worse)
  }

  @Test func `nothing before, or another protocol, leaves nothing to compare`() throws {
    let gate = Gate(tolerance: 0)
    let new = try figures(0.01)
    #expect(gate.judge(new, after: nil) == .first)
    for old in [
      try figures(0.9, .ndcg5, .sequential), try figures(0.9, .rmse, .rating),
      try figures(0.9, .ndcg5, .direct, "other"),
    ] {
      #expect(gate.judge(new, after: old) == .incomparable)
    }
  }

  @Test func `results without the chosen cell are an error`() throws {
    let delivery = Delivery(
      task: .direct, backbone: "mf", seed: 1, metric: .ndcg10, validation: 1, choices: [:])
    #expect(throws: ConfigurationError.self) {
      try PublishedEvaluation(of: delivery, in: Results(rows: []), path: "r", time: .distantPast)
    }
  }
}
