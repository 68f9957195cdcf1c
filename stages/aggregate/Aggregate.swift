import Artifacts
import Datasets
import Evaluation
import Foundation
import MutualAugmentation
import Recommenders
import StageKit
import StageProtocol

@main struct Aggregate: Stage {
  static let description = StageDescription(
    name: "aggregate",
    summary: "Blends backbone and language model user by user, chosen on validation, and measures.",
    inputs: [
      .init("scores", schema: "scores", "the language model's scores"),
      .init("predictions", schema: "predictions", "the base backbone's"),
      .init("augmented", schema: "predictions", "the retrained backbone's"),
      .init("train", schema: "interactions", "training interactions, for N(u)"),
      .init(
        "validation", schema: "validation",
        "chooses the blend, by the other three quarters of the users"),
      .init("test", schema: "test", "measures"),
    ],
    outputs: [
      .init("metrics", schema: "user-metrics", "each test user's metrics under every method")
    ],
    parameters: [
      .integer("seed", default: 1, "the seed of the models, told in the results", minimum: 0)
    ])

  static func run(_ context: StageContext) throws {
    let trainArtifact = try context.input("train")
    let train = try Histories(artifact: trainArtifact)
    let baseArtifact = try context.input("predictions")
    let base = try Predictions(artifact: baseArtifact)
    let scores = try context.input("scores")
    let validation = try ValidationTargets(artifact: context.input("validation"))
    let augmentedArtifact = try context.input("augmented")
    // An ablation that differs in more than one thing measures neither.
    guard baseArtifact.metadata["hyperparameters"] == augmentedArtifact.metadata["hyperparameters"]
    else {
      throw StageFailure(
        "\(context.path(ofInput: "augmented")): found other hyperparameters than in "
          + "\(context.path(ofInput: "predictions")), expected those of the base backbone; set what you "
          + "set for train-backbone for retrain-augmented too", exitCode: .badData)
    }
    let interactions = (0..<train.userCount).map { train.count(of: $0) }
    let modes = RankingMode.allCases.map(\.rawValue).filter {
      scores.has(PromptVariant.plainBase.column($0, .test))
    }
    var alone: (items: [Int32], length: Int)?
    if base.task != .rating {
      let length = try scores.shape(of: "alone.items.test")[1]
      alone = (try scores.int32s("alone.items.test"), length)
    }
    let evaluation = MethodEvaluation(
      base: base, retrained: try Predictions(artifact: augmentedArtifact),
      validation: validation.targets,
      test: try Targets(artifact: context.input("test")), interactions: interactions,
      choosing: validation.choosing, modes: modes, alone: alone, column: { try scores.floats($0) })
    let (results, grid) = try evaluation.evaluate()

    var artifact = Artifact(
      schema: "user-metrics",
      metadata: [
        "task": base.task.rawValue, "backbone": baseArtifact.metadata["backbone"] ?? "",
        "dataset": trainArtifact.metadata["dataset"] ?? "",
        "seed": "\(context.parameters.integer("seed"))",
      ])
    let users = evaluation.testUsers
    artifact.set("methods", text: results.map(\.method))
    artifact.set("metrics", text: evaluation.metrics.map(\.column))
    artifact.set("users", int32s: users.map { Int32($0) })
    artifact.set("interactions", int32s: users.map { Int32(interactions[$0]) })
    artifact.set(
      "values", floats: results.flatMap { $0.values.flatMap { $0 } },
      shape: [results.count, evaluation.metrics.count, users.count])
    setMap(grid, of: results.first { $0.method == "llama4rec" }?.choice, in: &artifact)
    artifact.metadata["map.metric"] = base.task == .rating ? "RMSE" : "NDCG@10"
    artifact.metadata["choices"] = try choices(results)
    try context.write(artifact, to: "metrics")
  }

  /// The α₁ × α₂ map of the full system, in the mode and utility that were chosen.
  private static func setMap(
    _ grid: [BlendChoice], of chosen: BlendChoice?, in artifact: inout Artifact
  ) {
    let values = AdaptiveAggregation.grid
    let map = grid.filter { $0.mode == chosen?.mode && $0.utility == chosen?.utility }
    artifact.set("map.alpha1", floats: values)
    artifact.set("map.alpha2", floats: values)
    artifact.set("map.values", floats: map.map(\.metric), shape: [values.count, values.count])
  }

  /// What validation chose, as JSON: for the full system, and for every other row under its name.
  private static func choices(_ results: [MethodResult]) throws -> String {
    var choices: [String: String] = [:]
    for result in results {
      guard let choice = result.choice else { continue }
      let prefix = result.method == "llama4rec" ? "" : "\(result.method) "
      choices[prefix + "mode"] = choice.mode
      choices[prefix + "blend"] = choice.utility.rawValue
      choices[prefix + "alpha1"] = "\(choice.aggregation.alpha1)"
      if !choice.isUniform { choices[prefix + "alpha2"] = "\(choice.aggregation.alpha2)" }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(choices), as: UTF8.self)
  }
}
