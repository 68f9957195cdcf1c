import Artifacts
import Datasets
import Evaluation
import Foundation
import Foundations
import Recommenders
import Reporting
import StageKit
import StageProtocol

@main struct ReportStage: Stage {
  static let description = StageDescription(
    name: "report",
    summary: "Joins the metrics of all backbones and seeds into results and an HTML report.",
    inputs: [
      .init(
        "metrics", schema: "user-metrics", "what aggregate measured", optional: true, many: true),
      .init(
        "backbones", schema: "predictions", "backbones that aggregate did not measure",
        optional: true, many: true),
      .init(
        "baselines", schema: "predictions", "the simple baselines'", optional: true, many: true),
      .init("train", schema: "interactions", "names the data set, and counts for N(u)"),
      .init("test", schema: "test", "measures backbones and simple baselines"),
      .init("curves", schema: "curves", "training curves", optional: true, many: true),
    ],
    outputs: [
      .init("results", schema: "results", "the rows of the results table"),
      .init("report", file: "report.html", "one self-contained page"),
    ])

  static func run(_ context: StageContext) throws {
    guard context.hasInput("metrics") || context.hasInput("backbones") else {
      throw StageFailure(
        "there is nothing to report: give --input metrics=FILE from aggregate or "
          + "--input backbones=FILE from train-backbone", exitCode: .usage)
    }
    let train = try context.input("train")
    let dataset = train.metadata["dataset"] ?? "data"
    let test = try Targets(artifact: context.input("test"))
    let histories = try Histories(artifact: train)
    guard histories.userCount == test.items.count else {
      throw StageFailure(
        "train has \(histories.userCount) users, test \(test.items.count): they come from "
          + "different data", exitCode: .badData)
    }
    let metrics =
      try context.inputs("metrics").map(userMetrics)
      + context.inputs("backbones").map {
        try backboneMetrics($0, dataset: dataset, test: test, train: histories)
      }
    let tasks = Set(metrics.map(\.task))
    let baselines = try context.inputs("baselines")
      .flatMap { try baselineMetrics($0, dataset: dataset, test: test) }
      .filter { tasks.contains($0.task) }
    let curves = try context.inputs("curves").map(trainingCurve)
    let rows = makeResults(profile: dataset, metrics: metrics, baselines: baselines)
    try context.write(results(rows), to: "results", allowingNonFinite: true)
    let report = Report(
      profile: dataset, results: rows, metrics: metrics, baselines: baselines, curves: curves)
    try Files.writeAtomically(report.html(), to: context.outputPath("report"))
  }

  private static func userMetrics(_ artifact: Artifact) throws -> UserMetrics {
    UserMetrics(
      task: artifact.metadata["task"] ?? "", backbone: artifact.metadata["backbone"] ?? "",
      dataset: artifact.metadata["dataset"] ?? "", seed: seed(artifact),
      methods: try artifact.text("methods"), metrics: try artifact.text("metrics"),
      users: try artifact.int32s("users"), interactions: try artifact.int32s("interactions"),
      values: try artifact.floats("values"), alpha1: try artifact.floats("map.alpha1"),
      alpha2: try artifact.floats("map.alpha2"), map: try artifact.floats("map.values"),
      mapMetric: artifact.metadata["map.metric"] ?? "",
      choices: try JSONDecoder().decode(
        [String: String].self, from: Data((artifact.metadata["choices"] ?? "{}").utf8)))
  }

  /// A backbone alone: the row `base`.
  private static func backboneMetrics(
    _ artifact: Artifact, dataset: String, test: Targets, train: Histories
  ) throws -> UserMetrics {
    let measured = try TestMetrics(artifact, test: test)
    return UserMetrics(
      task: measured.task.rawValue, backbone: artifact.metadata["backbone"] ?? "",
      dataset: dataset, seed: seed(artifact), methods: ["base"],
      metrics: measured.metrics.map(\.column), users: measured.users.map { Int32($0) },
      interactions: measured.users.map { Int32(train.count(of: $0)) }, values: measured.values)
  }

  /// A simple baseline; one that ranks stands beside the direct and the sequential task.
  private static func baselineMetrics(
    _ artifact: Artifact, dataset: String, test: Targets
  ) throws -> [BaselineMetrics] {
    let measured = try TestMetrics(artifact, test: test)
    let tasks: [RecommendationTask] =
      measured.task == .rating ? [.rating] : [.direct, .sequential]
    return tasks.map {
      BaselineMetrics(
        method: artifact.metadata["backbone"] ?? "", task: $0.rawValue, dataset: dataset,
        seed: seed(artifact), metrics: measured.metrics.map(\.column),
        users: measured.users.map { Int32($0) }, values: measured.values)
    }
  }

  private static func trainingCurve(_ artifact: Artifact) throws -> TrainingCurve {
    TrainingCurve(
      label: artifact.metadata["label"] ?? "", metric: artifact.metadata["metric"] ?? "",
      backbone: artifact.metadata["backbone"] ?? "", seed: seed(artifact),
      epochs: try artifact.int32s("epochs"), loss: try artifact.floats("loss"),
      validation: try artifact.floats("validation"))
  }

  private static func seed(_ artifact: Artifact) -> Int {
    artifact.metadata["seed"].flatMap { Int($0) } ?? 0
  }

  /// The rows as columns; NaN and the empty text stand for null.
  private static func results(_ rows: [ResultRow]) -> Artifact {
    var artifact = Artifact(schema: "results")
    artifact.set("dataset", text: rows.map(\.dataset))
    artifact.set("task", text: rows.map(\.task))
    artifact.set("backbone", text: rows.map { $0.backbone ?? "" })
    artifact.set("method", text: rows.map(\.method))
    artifact.set("metric", text: rows.map(\.metric))
    artifact.set("mean", floats: rows.map { Float($0.mean) })
    artifact.set("std", floats: rows.map { Float($0.std ?? .nan) })
    artifact.set("seeds", int32s: rows.map { Int32($0.seeds) })
    artifact.set("users", int32s: rows.map { Int32($0.users) })
    artifact.set("p_value", floats: rows.map { Float($0.pValue ?? .nan) })
    artifact.set("best_baseline", text: rows.map { $0.bestBaseline ?? "" })
    artifact.set(
      "improvement_percent", floats: rows.map { Float($0.improvementPercent ?? .nan) })
    artifact.set("strongest", text: rows.map { $0.strongest ?? "" })
    artifact.set("p_vs_strongest", floats: rows.map { Float($0.pVersusStrongest ?? .nan) })
    artifact.set("published", floats: rows.map { Float($0.published ?? .nan) })
    return artifact
  }
}

/// What predictions are worth to each user with a test item.
private struct TestMetrics {
  let task: RecommendationTask
  let metrics: [Metric]
  /// Ascending, [V].
  let users: [Int]
  /// [K, V].
  let values: [Float]

  init(_ artifact: Artifact, test: Targets) throws {
    let predictions = try Predictions(artifact: artifact)
    let lists = predictions.testItems.count / max(predictions.candidates, 1)
    let predicted = predictions.task == .rating ? predictions.testRatings.count : lists
    guard predicted == test.items.count else {
      throw StageFailure(
        "the predictions of \(artifact.metadata["backbone"] ?? "a model") are for \(predicted) users, "
          + "test has \(test.items.count): they come from different data", exitCode: .badData)
    }
    let users = test.items.indices.filter { test.items[$0] >= 0 }
    let metrics = predictions.task == .rating ? Metric.rating : Metric.ranking
    task = predictions.task
    self.users = users
    self.metrics = metrics
    values = metrics.flatMap { metric in
      users.map { predictions.value(of: metric, user: $0, test: test) }
    }
  }
}
