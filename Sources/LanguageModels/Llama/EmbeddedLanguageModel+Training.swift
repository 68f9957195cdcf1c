public import Foundations
public import Tensors

extension LlamaConfiguration {
  /// Bytes that training a title model of this shape takes at most, within some tens of percent.
  ///
  /// - Parameters:
  ///   - titles: Items of the catalogue.
  ///   - tokens: Tokens of a step's texts.
  /// - Returns: Trained numbers with gradient, moments, best and checkpoint; a step's activations and logits.
  public func trainingMemory(titles: Int, tokens: Int) -> Int {
    let trained = tensors.reduce(0) { $0 + $1.rows * $1.columns }
    let classes =
      titles > SampledVocabulary.fullTitles
      ? vocabularySize - titles + SampledVocabulary.sampledTitles : 3 * vocabularySize
    let activations = layers * (24 * hiddenSize + 8 * intermediateSize)
    return 4 * (9 * trained + tokens * (activations + classes))
  }
}

extension EmbeddedLanguageModel: TunableModel {
  public var summary: String {
    "\(weights.values.reduce(0) { $0 + $1.count }) parameters, \(tokenizer.vocabularySize) tokens, "
      + "\(tokenizer.titleCount) of them titles"
      + (tokenizer.titleCount > SampledVocabulary.fullTitles
        ? ", \(SampledVocabulary.sampledTitles) of which are compared in a training step" : "")
  }

  public func trained(
    name: String, loop: EarlyStoppingTrainer, recipe: TrainingRecipe,
    random: inout SeededRandom, monitor: any TrainingMonitor, metricName: String,
    texts: (inout SeededRandom) -> [TrainingText],
    validate: (EmbeddedLanguageModel) async throws -> Float?
  ) async throws -> (model: EmbeddedLanguageModel, curve: [CurvePoint]) {
    let model = LlamaModel(
      configuration: configuration, weights: weights, composition: composition)
    if tokenizer.titleCount > SampledVocabulary.fullTitles { model.embedding.stepsTouchedRows() }
    let trainer = LlamaTrainer(model: model, configuration: recipe)
    func current(_ identity: String) -> EmbeddedLanguageModel {
      EmbeddedLanguageModel(model: model, tokenizer: tokenizer, identity: identity)
    }
    let curve = try await loop.train(
      name: name, optimizer: trainer.optimizer, random: &random, monitor: monitor,
      metricName: metricName
    ) { epoch, random in
      let sequences = texts(&random).map {
        tokenizer.sequence(of: $0, contextLength: configuration.contextLength)
      }
      return trainer.epoch(
        sequences, comparing: SampledVocabulary(tokenizer, sequences), random: &random
      ) { monitor.report(part: $0, after: epoch, of: loop.epochs) }
    } validate: {
      try await validate(current("training"))
    }
    return (current("trained"), curve)
  }
}
