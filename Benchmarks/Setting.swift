public import ArgumentParser
public import Recommenders

/// Hyperparameters that differ from a backbone's defaults; the peers' scripts know the same names.
struct Setting: ParsableArguments {
  @Option(help: "Triples, sequences or ratings a step.") var batch: Int?
  @Option(help: "Width of the embeddings.") var dimension: Int?
  @Option(help: "Sampled negatives for each positive.") var negatives: Int?
  @Option(help: "Layers of propagation.") var layers: Int?
  @Option(help: "MixGCF: items that a mixed negative is chosen from.") var candidates: Int?
  @Option(help: "Items of a history that a sequential model looks at.") var length: Int?
  @Option(help: "Self-attention blocks.") var blocks: Int?
  @Option(help: "Attention heads.") var heads: Int?
  @Option(help: "The loss of a sequential model.")
  var loss: BackboneConfiguration.SequenceLoss?
  @Option(help: "Rate of dropout.") var dropout: Float?
  @Option(help: "BERT4Rec: share of masked items; CL4SRec: of what a view changes.")
  var maskRate: Float?
  @Option(help: "SGL, CL4SRec: factor of InfoNCE.") var contrastWeight: Float?
  @Option(help: "Adam's step size.") var learningRate: Float?
  @Option(name: .customLong("l2"), help: "Factor of half the squared norm.") var l2: Float?
  @Option(help: "The one penalty of a closed-form model.") var penalty: Float?
  @Option(help: "Validations without a better metric after which training stops.")
  var patience: Int?

  func configuration(of backbone: BackboneName) -> BackboneConfiguration {
    var result = BackboneConfiguration.defaults(for: backbone)
    func set<Value>(_ path: WritableKeyPath<BackboneConfiguration, Value>, _ value: Value?) {
      if let value { result[keyPath: path] = value }
    }
    set(\.batchSize, batch)
    set(\.embeddingDimension, dimension)
    set(\.negatives, negatives)
    set(\.layers, layers)
    set(\.candidateNegatives, candidates)
    set(\.maximumLength, length)
    set(\.blocks, blocks)
    set(\.heads, heads)
    set(\.sequenceLoss, loss)
    set(\.dropout, dropout)
    set(\.maskRate, maskRate)
    set(\.contrastWeight, contrastWeight)
    set(\.learningRate, learningRate)
    set(\.l2, l2)
    set(\.penalties, penalty.map { [$0] })
    set(\.patience, patience)
    return result
  }

  /// What was set, by the option's name.
  var given: [String: String] {
    let all: [String: Any?] = [
      "batch": batch, "dimension": dimension, "negatives": negatives, "layers": layers,
      "candidates": candidates, "length": length, "blocks": blocks, "heads": heads,
      "loss": loss?.rawValue, "dropout": dropout, "mask-rate": maskRate,
      "contrast-weight": contrastWeight, "learning-rate": learningRate, "l2": l2,
      "penalty": penalty, "patience": patience,
    ]
    return all.compactMapValues { $0.map { "\($0)" } }
  }
}

extension BackboneConfiguration.SequenceLoss: ExpressibleByArgument {}
extension BackboneName: ExpressibleByArgument {}
