public import Foundations
public import Tensors

extension CheckpointLanguageModel: TunableModel {
  public var summary: String {
    let all = checkpoint.configuration.tensors.reduce(0) { $0 + $1.rows * $1.columns }
    let adapters = model.adapters.reduce(0) {
      $0 + $1.adapter.down.value.count + $1.adapter.up.value.count
    }
    return "\(name): \(all) parameters"
      + (adapters > 0 ? " and \(adapters) of adapters" : "")
  }

  /// A text to learn as the tokens that are learned of it.
  ///
  /// - Parameters:
  ///   - text: What is read and what is learned.
  ///   - learnsEveryTitle: Whether titles that are only read are targets, too; in a conversation they are not,
  ///     because the user says them.
  /// - Returns: Tokens and which of them are targets; of a text that is too long the end.
  public func sequence(of text: TrainingText, learnsEveryTitle: Bool = false) -> TrainingSequence {
    self.text.sequence(of: text, learnsEveryTitle: learnsEveryTitle)
  }

  /// As `TunableModel`, with a state every so many steps; a killed training repeats at most those.
  ///
  /// A model with adapters goes on training them. Throws `UnsupportedByModel` too, where the recipe asks for other
  /// ones or for none.
  public func trained(
    name: String, loop: EarlyStoppingTrainer, recipe: TrainingRecipe,
    random: inout SeededRandom, monitor: any TrainingMonitor, metricName: String,
    texts: (inout SeededRandom) -> [TrainingText],
    validate: (CheckpointLanguageModel) async throws -> Float?
  ) async throws -> (model: CheckpointLanguageModel, curve: [CurvePoint]) {
    let options = recipe.checkpoint
    let model = try trainable(options.adapters, seed: random.next())
    let trainer = CheckpointTrainer(model: model, recipe: recipe)
    let learned =
      options.adapters.map { Learned.adapters($0, dropout: recipe.dropout) } ?? .everything
    let curve = try await trainer.train(
      name: name, loop: loop, random: &random, monitor: monitor, metricName: metricName
    ) { random in
      texts(&random).map { sequence(of: $0, learnsEveryTitle: options.learnsEveryTitle) }
    } validate: {
      try await validate(with(model.copy(), learned: learned))
    }
    return (with(model, learned: learned), curve)
  }

  /// A copy of the weights to change.
  private func trainable(_ adapters: AdapterOptions?, seed: UInt64) throws -> LlamaModel {
    let copy = model.copy()
    switch (learned, adapters) {
    case (.adapters(let found, _), let wanted) where wanted != found:
      throw UnsupportedByModel(
        identity: identity, found: "adapters \(found)",
        needed: wanted.map { "adapters \($0)" } ?? "none, to train every parameter")
    case (.everything, let wanted?):
      throw UnsupportedByModel(
        identity: identity, found: "a model tuned as a whole",
        needed: "a checkpoint as it was, to train adapters \(wanted)")
    case (.nothing, let wanted?): copy.adapt(wanted, seed: seed)
    default: break
    }
    return copy
  }

  /// This model with other weights.
  private func with(_ model: LlamaModel, learned: Learned) -> CheckpointLanguageModel {
    CheckpointLanguageModel(
      checkpoint, reference, model, learned: learned,
      learnedIdentity: Self.digest(of: model, learned), lengthExponent: lengthExponent)
  }
}
