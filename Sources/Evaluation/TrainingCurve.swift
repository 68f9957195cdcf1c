public import Artifacts

/// How one training went: the artifact schema `curves`.
public struct TrainingCurve: Sendable {
  /// What was trained, such as `train-backbone`.
  public var label: String
  /// The metric in `validation`, such as `NDCG@10`.
  public var metric: String
  /// The backbone's name; empty where the training belongs to none.
  public var backbone: String
  /// The seed of the training.
  public var seed: Int
  /// Epoch numbers, ascending.
  public var epochs: [Int32]
  /// Training loss of each epoch; a value not finite stands for "not measured".
  public var loss: [Float]
  /// Validation metric of each epoch; a value not finite stands for "not measured".
  public var validation: [Float]

  /// A curve, its three columns of one length.
  public init(
    label: String, metric: String, backbone: String, seed: Int, epochs: [Int32], loss: [Float],
    validation: [Float]
  ) {
    precondition(
      epochs.count == loss.count && epochs.count == validation.count,
      "a curve has a loss and a validation value for each epoch")
    self.label = label
    self.metric = metric
    self.backbone = backbone
    self.seed = seed
    self.epochs = epochs
    self.loss = loss
    self.validation = validation
  }
}

extension TrainingCurve {
  private static let schema = Schema(
    "curves",
    [
      .init("epochs", .int32, [.axis("epochs")], .between(0...Double(Int32.max))),
      .init("loss", .float32, [.axis("epochs")], .numbers),
      .init("validation", .float32, [.axis("epochs")], .numbers),
    ])

  /// Reads an artifact of schema `curves`.
  ///
  /// - Parameter artifact: What a training stage wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    self.init(
      label: artifact.metadata["label"] ?? "", metric: artifact.metadata["metric"] ?? "",
      backbone: artifact.metadata["backbone"] ?? "", seed: try artifact.count("seed"),
      epochs: try artifact.int32s("epochs"), loss: try artifact.floats("loss"),
      validation: try artifact.floats("validation"))
  }

  /// The artifact that `init(artifact:)` reads.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: Self.schema.name,
      metadata: ["label": label, "metric": metric, "backbone": backbone, "seed": "\(seed)"])
    artifact.set("epochs", int32s: epochs)
    artifact.set("loss", floats: loss)
    artifact.set("validation", floats: validation)
    return artifact
  }
}
