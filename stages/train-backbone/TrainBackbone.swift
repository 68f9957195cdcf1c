import StageKit
import StageParts
import StageProtocol

@main struct TrainBackbone: Stage {
  static let description = StageDescription(
    name: "train-backbone",
    summary: "Trains a conventional recommender on the training interactions.",
    inputs: BackboneTraining.inputs, outputs: BackboneTraining.outputs,
    parameters: BackboneTraining.parameters, variants: BackboneTraining.variants,
    rules: BackboneTraining.rules)

  static func run(_ context: StageContext) throws {
    let training = try BackboneTraining(context)
    try training.write(try training.train(folds: true), label: description.stage)
  }
}
