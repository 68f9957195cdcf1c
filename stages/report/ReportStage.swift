import Artifacts
import Datasets
import Evaluation
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
    let metrics =
      try context.inputs("metrics").map { try UserMetrics(artifact: $0) }
      + context.inputs("backbones").map {
        try backboneMetrics($0, dataset: dataset, test: test, train: histories)
      }
    try requireEach(
      metrics.map { "\($0.backbone) with seed \($0.seed)" },
      of: context.paths(ofInput: "metrics") + context.paths(ofInput: "backbones"))
    let tasks = Set(metrics.map(\.task))
    let simple = try context.inputs("baselines")
    let leftOut = simple.compactMap { $0.metadata[Predictions.leftOutKey] }
    for reason in leftOut { context.log("left out: \(reason)", level: .warning) }
    try requireEach(
      simple.map { "\($0.metadata["backbone"] ?? "") with seed \($0.metadata["seed"] ?? "")" },
      of: context.paths(ofInput: "baselines"))
    let measured = try simple.filter { $0.metadata[Predictions.leftOutKey] == nil }
      .map { try TestMetrics($0, test: test) }
    let baselines = measured.flatMap { $0.baselines(dataset: dataset) }
      .filter { tasks.contains($0.task) }
    let curves = try context.inputs("curves").map { try TrainingCurve(artifact: $0) }
    let rows = makeResults(profile: dataset, metrics: metrics, baselines: baselines)
    try context.write(rows.artifact(), to: "results", allowingNonFinite: true)
    let report = Report(
      profile: dataset, results: rows, metrics: metrics, baselines: baselines, curves: curves,
      leftOut: leftOut)
    try Files.writeAtomically(report.html(), to: context.outputPath("report"))
  }

  /// Refuses two inputs that are about the same.
  private static func requireEach(_ names: [String], of paths: [String]) throws {
    var first: [String: String] = [:]
    for (name, path) in zip(names, paths) {
      if let other = first.updateValue(path, forKey: name) {
        throw StageFailure(
          "found \(name) in \(other) and in \(path), expected each once; leave one out",
          exitCode: .badData)
      }
    }
  }

  /// A backbone alone: the row `base`.
  private static func backboneMetrics(
    _ artifact: Artifact, dataset: String, test: Targets, train: Histories
  ) throws -> UserMetrics {
    let measured = try TestMetrics(artifact, test: test)
    return UserMetrics(
      task: measured.task, backbone: measured.backbone, dataset: dataset, seed: measured.seed,
      methods: [.base], metrics: measured.metrics, users: measured.users.map { Int32($0) },
      interactions: measured.users.map { Int32(train.count(of: $0)) },
      values: measured.values(in: measured.task))
  }
}

/// What predictions are worth to each user with a test item.
private struct TestMetrics {
  let task: RecommendationTask
  let backbone: String
  let seed: Int
  let metrics: [Metric]
  /// Ascending, [V].
  let users: [Int]
  private let predictions: Predictions
  private let test: Targets

  init(_ artifact: Artifact, test: Targets) throws {
    predictions = try Predictions(artifact: artifact)
    task = predictions.task
    backbone = artifact.metadata["backbone"] ?? ""
    seed = try artifact.count("seed")
    metrics = task == .rating ? Metric.rating : Metric.ranking
    users = test.items.indices.filter { test.items[$0] >= 0 }
    self.test = test
  }

  /// What they are worth in a task's table, [K, V].
  func values(in task: RecommendationTask) -> [Float] {
    metrics.flatMap { metric in
      users.map { predictions.value(of: metric, user: $0, test: test, in: task) }
    }
  }

  /// A simple baseline; one that ranks stands beside the direct and the sequential task.
  func baselines(dataset: String) -> [BaselineMetrics] {
    (task == .rating ? [.rating] : [.direct, .sequential]).map {
      BaselineMetrics(
        method: .simple(backbone), task: $0, dataset: dataset, seed: seed, metrics: metrics,
        users: users.map { Int32($0) }, values: values(in: $0))
    }
  }
}
