import Artifacts
import Datasets
import Evaluation
import Foundation
import Foundations
import Pipeline
import StageProtocol

/// A pipeline of two parts, and what its stages write.
enum DeliveryFixture {
  static let pipeline = """
    version: 1
    publish: {tolerance: 0.05}
    axes: {backbones: [a, b], seeds: [1, 2]}
    stages:
      prepare: {inputs: {rows: file.rows}, outputs: [table]}
      train-on-all:
        part: delivery
        executable: stage-train
        each: [backbones, seeds]
        parameters: {model: "${backbone}", seed: "${seed}"}
        inputs: {table: prepare.table, hint: train.model}
        outputs: [model]
      train:
        each: [backbones, seeds]
        parameters: {model: "${backbone}", seed: "${seed}"}
        inputs: {table: prepare.table}
        outputs: [model]
      report: {inputs: {models: train.model}, outputs: [results]}
      deliver: {inputs: {models: train.model, results: report.results}, outputs: [delivery]}
      recommend:
        part: delivery
        inputs: {model: train-on-all.model, delivery: deliver.delivery}
        outputs: [recommendations, table, lines]
    profiles:
      small: {files: {rows: rows.txt}}
      lenient: {files: {rows: rows.txt}, publish: {tolerance: 0.5}}
    """

  static let stages = [
    StageDescription(
      name: "prepare", summary: "Makes the table.", inputs: [.init("rows", "numbers")],
      outputs: [.init("table", file: "table.txt", "the table")]),
    StageDescription(
      name: "train", summary: "Makes a model.",
      inputs: [.init("table", "the table"), .init("hint", "an earlier model", optional: true)],
      outputs: [.init("model", file: "model.txt", "the model")],
      parameters: [
        .string("model", default: nil, "which model"), .integer("seed", default: nil, "seed"),
      ]),
    StageDescription(
      name: "report", summary: "Measures.", inputs: [.init("models", "all models", many: true)],
      outputs: [.init("results", schema: "results", "the figures")]),
    StageDescription(
      name: "deliver", summary: "Chooses.",
      inputs: [
        .init("models", "all models", many: true),
        .init("results", schema: "results", "the figures"),
      ],
      outputs: [.init("delivery", file: "delivery.json", "the choice")]),
    StageDescription(
      name: "recommend", summary: "Writes lists.",
      inputs: [.init("model", "the model"), .init("delivery", "the choice")],
      outputs: [
        .init("recommendations", schema: "recommendations", "the lists"),
        .init("table", file: "recommendations.csv", "the lists"),
        .init("lines", file: "recommendations.jsonl", "the lists"),
      ]),
  ]

  static func delivery(backbone: String = "b", seed: Int = 2) -> Delivery {
    Delivery(
      task: .direct, backbone: backbone, seed: seed, metric: .ndcg10, validation: 0.25,
      choices: ["mode": "listwise", "alpha1": "0.7", "alpha2": "0.1"])
  }

  /// The figures of the full system for both backbones.
  static func results(
    _ mean: Double, metric: Metric = .ndcg5, dataset: String = "rows"
  ) -> [ResultRow] {
    ["a", "b"].map { backbone in
      ResultRow(
        profile: "small", dataset: dataset, task: .direct, backbone: backbone, method: .llama4rec,
        metric: metric, mean: backbone == "b" ? mean : 0.5, std: nil, seeds: 2, users: 10)
    }
  }

  static let recommendations = Recommendations(
    itemIDs: ["i1", "i2", "i3"], titles: ["Alien (1979)", "Brazil (1985)", "Casablanca (1942)"],
    lists: [
      .init(
        user: "anna",
        entries: [
          .init(
            item: 1, score: 0.75, recommenderScore: 2.5, languageModelScore: -1.25,
            recommenderRank: 1, languageModelRank: 2, source: .both),
          .init(
            item: 2, score: 0.5, recommenderScore: 0.5, languageModelScore: -3,
            recommenderRank: 40, languageModelRank: 3, source: .languageModel),
        ], interactions: 12, alpha: 0.07, shown: [0], similar: [0, 2], hints: [2, 1]),
      .init(
        user: "anne",
        entries: [
          .init(
            item: 0, score: 0.25, recommenderScore: 1, languageModelScore: -2,
            recommenderRank: 1, languageModelRank: 9, source: .backbone)
        ], interactions: 3, alpha: 0.7, shown: [1, 2]),
      .init(
        user: "bert",
        entries: [
          .init(
            item: 0, score: 9, recommenderScore: 9, languageModelScore: 0, source: .popular)
        ]),
    ])

  /// What the stages write, by file name.
  static func contents(
    _ results: [ResultRow], _ delivery: Delivery = DeliveryFixture.delivery(),
    _ recommendations: Recommendations = DeliveryFixture.recommendations
  ) throws -> [String: [UInt8]] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "fixture-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "artifact").path
    try results.artifact().write(to: path, allowingNonFinite: true)
    var contents = ["results.safetensors.zst": try Files.readStored(path)]
    try recommendations.artifact().write(to: path)
    contents["recommendations.safetensors.zst"] = try Files.readStored(path)
    contents["recommendations.csv"] = Array("user,rank,item\n".utf8)
    contents["recommendations.jsonl"] = Array("{}\n".utf8)
    contents["delivery.json"] = try Records.encode(delivery)
    return contents
  }
}

extension RecordedSpace {
  /// A space whose pipeline delivers; the evaluation measures this.
  static func delivering(_ mean: Double = 0.08) throws -> RecordedSpace {
    let space = try RecordedSpace(
      pipeline: DeliveryFixture.pipeline, stages: DeliveryFixture.stages)
    try space.measure(DeliveryFixture.results(mean))
    return space
  }

  /// Has the stages write these results and this choice.
  func measure(
    _ results: [ResultRow], _ delivery: Delivery = DeliveryFixture.delivery()
  ) throws {
    let contents = try DeliveryFixture.contents(results, delivery)
    for stage in ["report", "deliver", "recommend"] {
      executor.play(stage, RecordedExecutor.Script(contents: contents))
    }
  }

  /// The names of jobs that were started since some number of calls.
  func started(since count: Int = 0) -> [String] {
    executor.calls.dropFirst(count).compactMap { call in
      if case .start(let name) = call { name } else { nil }
    }
  }

  /// What readers find, by file name, under the link.
  func published(_ profile: String = "small") throws -> [String: [UInt8]] {
    let folder = path("artifacts/\(profile)/published")
    var found: [String: [UInt8]] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      found[name] = try Files.readStored("\(folder)/\(name)")
    }
    return found
  }
}
