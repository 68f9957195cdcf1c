import Datasets
import Recommenders
import StageKit
import StageParts
import StageProtocol

@main struct TrainBackbone: Stage {
  static let description = StageDescription(
    name: "train-backbone",
    summary: "Trains a conventional recommender on the training interactions.",
    inputs: BackboneTraining.inputs + [
      .init(
        "folds", schema: "folds", "training interactions to predict out of fold, for the hints",
        optional: true)
    ],
    outputs: BackboneTraining.outputs,
    parameters: BackboneTraining.parameters, variants: BackboneTraining.variants,
    rules: BackboneTraining.rules)

  static func run(_ context: StageContext) throws {
    let training = try BackboneTraining(context)
    let folds =
      context.hasInput("folds")
      ? try FoldPositions(artifact: context.input("folds"), of: training.data.train) : nil
    try training.write(try training.train(folds: folds), label: description.stage)
  }
}
