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
    let labels = try Labels(artifact: context.input("labels"))
    guard labels.task == training.backbone.task else {
      throw StageFailure(
        "\(context.path(ofInput: "labels")): labels for the task \(labels.task.rawValue), expected "
          + "\(training.backbone.task.rawValue); run label-augmentation for "
          + training.backbone.rawValue, exitCode: .badData)
    }
    var note: String
    switch labels {
    case .pairs(let pairs):
      training.data.pairs = PreferenceLabelling.pairs(
        from: pairs, minimumConfidence: context.parameters.float("minimumConfidence"),
        weight: context.parameters.float("labelWeight"))
      note = "\(training.data.pairs.count) labelled pairs"
    case .insertions(let insertions):
      if let stray = insertions.first(where: {
        Int($0.position) > plain.train.count(of: Int($0.user))
      }) {
        throw StageFailure(
          "\(context.path(ofInput: "labels")): found an insertion at position \(stray.position) of user "
            + "\(stray.user), expected at most \(plain.train.count(of: Int(stray.user))); run "
            + "label-augmentation again", exitCode: .badData)
      }
      training.data.trainingHistories = SequenceAugmentation.inserting(
        insertions, into: training.data.train)
      note = "\(insertions.count) insertions"
    case .attributes(let attributes):
      for attribute in attributes { training.data.features?.append(attribute, side: .item) }
      note = "attributes \(attributes.map(\.name).joined(separator: ", "))"
    }
    if context.hasInput("settings"),
      try context.input("settings").metadata[Self.noteKey] == Self.withoutLabels
    {
      training.data = plain
      note = Self.withoutLabels
    }
    var trained = try training.train()
    if context.parameters.boolean("validated"), !context.hasInput("settings") {
      let other = try training.train(plain, name: "plain ")
      let metrics = try [trained, other].map { try bestMetric($0) }
      context.log("validation: \(metrics[0]) with augmentation, \(metrics[1]) without")
      let metric = training.backbone.task.validationMetric
      if metric.higherIsBetter ? metrics[1] > metrics[0] : metrics[1] < metrics[0] {
        trained = other
        note = Self.withoutLabels
      }
    }
    context.log(note)
    try training.write(trained, label: description.stage, notes: [Self.noteKey: note])
  }

  /// What the metadata says of the labels, and what it says where validation decided against them.
  private static let noteKey = "augmentation"
  private static let withoutLabels = "none, by validation"

  private static func bestMetric(_ trained: TrainedBackbone) throws -> Float {
    guard let best = trained.bestValidation else {
      throw StageFailure(
        "nobody has a validation item to decide by; set validated to false", exitCode: .badData)
    }
    return best
  }
}
