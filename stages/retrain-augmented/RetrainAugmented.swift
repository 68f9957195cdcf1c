import Artifacts
import Datasets
import Evaluation
import MutualAugmentation
import Recommenders
import StageKit
import StageParts
import StageProtocol
import Tensors

@main struct RetrainAugmented: Stage {
  static let description = StageDescription(
    name: "retrain-augmented",
    summary: "Trains the backbone again, on the data augmented by the language model's labels.",
    inputs: BackboneTraining.inputs + [
      .init("labels", schema: "labels", "what label-augmentation labelled")
    ],
    outputs: BackboneTraining.outputs,
    parameters: BackboneTraining.parameters + [
      .number(
        "minimumConfidence", default: 0.8, "direct: pairs of less confidence are left out",
        minimum: 0.5, maximum: 1),
      .number("labelWeight", default: 1, "direct: weight of a labelled pair's loss", minimum: 0),
      .boolean(
        "validated", default: false,
        "whether validation may decide for the backbone without augmentation"),
    ], variants: BackboneTraining.variants, rules: BackboneTraining.rules)

  static func run(_ context: StageContext) throws {
    var training = try BackboneTraining(context)
    let plain = training.data
    let labels = try context.input("labels")
    guard labels.metadata["task"] == training.backbone.task.rawValue else {
      throw StageFailure(
        "\(context.path(ofInput: "labels")): labels for the task "
          + "\(labels.metadata["task"] ?? "?"), expected \(training.backbone.task.rawValue); "
          + "run label-augmentation for \(training.backbone.rawValue)", exitCode: .badData)
    }
    var note: String
    switch training.backbone.task {
    case .direct:
      training.data.pairs = try pairs(labels, context)
      note = "\(training.data.pairs.count) labelled pairs"
    case .sequential:
      let insertions = try insertions(labels)
      training.data.trainingHistories = SequenceAugmentation.inserting(
        insertions, into: training.data.train)
      note = "\(insertions.count) insertions"
    case .rating:
      let names = try append(labels, to: &training.data.features)
      note = "attributes \(names.joined(separator: ", "))"
    }
    var trained = try training.train(folds: false)
    if context.parameters.boolean("validated") {
      let other = try training.train(plain, name: "plain ", folds: false)
      let metrics = try [trained, other].map { try bestMetric($0) }
      context.log("validation: \(metrics[0]) with augmentation, \(metrics[1]) without")
      let metric = training.backbone.task.validationMetric
      if metric.higherIsBetter ? metrics[1] > metrics[0] : metrics[1] < metrics[0] {
        trained = other
        note = "none, by validation"
      }
    }
    context.log(note)
    try training.write(trained, label: description.stage, notes: ["augmentation": note])
  }

  private static func bestMetric(_ trained: TrainedBackbone) throws -> Float {
    guard let best = trained.bestValidation else {
      throw StageFailure(
        "nobody has a validation item to decide by; set validated to false", exitCode: .badData)
    }
    return best
  }

  private static func pairs(
    _ labels: Artifact, _ context: StageContext
  ) throws -> [PreferencePair] {
    let users = try labels.int32s("users")
    let preferred = try labels.int32s("preferred")
    let other = try labels.int32s("other")
    let confidence = try labels.floats("confidence")
    return PreferenceLabelling.pairs(
      from: users.indices.map {
        .init(
          user: users[$0], preferred: preferred[$0], other: other[$0], confidence: confidence[$0])
      }, minimumConfidence: context.parameters.float("minimumConfidence"),
      weight: context.parameters.float("labelWeight"))
  }

  private static func insertions(_ labels: Artifact) throws -> [SequenceAugmentation.Insertion] {
    let users = try labels.int32s("users")
    let items = try labels.int32s("items")
    let positions = try labels.int32s("positions")
    return users.indices.map {
      .init(user: users[$0], item: items[$0], position: positions[$0])
    }
  }

  /// Appends every labelled attribute as a field; returns their names.
  private static func append(
    _ labels: Artifact, to features: inout FeatureTable?
  ) throws -> [String] {
    let names = try labels.text("attributes")
    for name in names {
      let values = try labels.text("attribute.\(name).values")
      features?.append(
        Attribute(
          name: name, isNumeric: false, values: values.map { $0.isEmpty ? [] : [$0] }),
        side: .item)
    }
    return names
  }
}
