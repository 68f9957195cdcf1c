public import Foundations
public import Tensors

extension EmbeddedLanguageModel: TunableModel {
  public var summary: String {
    "\(weights.values.reduce(0) { $0 + $1.count }) parameters, \(tokenizer.vocabularySize) tokens, "
      + "\(tokenizer.titleCount) of them titles"
  }

  public func trained(
    name: String, loop: EarlyStoppingTrainer, recipe: TrainingRecipe,
    random: inout SeededRandom, monitor: any TrainingMonitor, metricName: String,
    texts: (inout SeededRandom) -> [TrainingText],
    validate: (EmbeddedLanguageModel) async throws -> Float?
  ) async throws -> (model: EmbeddedLanguageModel, curve: [CurvePoint]) {
    let model = LlamaModel(
      configuration: configuration, weights: weights, composition: composition)
    let trainer = LlamaTrainer(model: model, configuration: recipe)
    func current(_ identity: String) -> EmbeddedLanguageModel {
      EmbeddedLanguageModel(model: model, tokenizer: tokenizer, identity: identity)
    }
    let curve = try await loop.train(
      name: name, optimizer: trainer.optimizer, random: &random, monitor: monitor,
      metricName: metricName
    ) { _, random in
      let sequences = texts(&random).map {
        tokenizer.sequence(of: $0, contextLength: configuration.contextLength)
      }
      return trainer.epoch(sequences, random: &random)
    } validate: {
      try await validate(current("training"))
    }
    return (current("trained"), curve)
  }
}
