import Artifacts
import Datasets
import Evaluation
import Foundations
import LanguageModelParts
import LanguageModels
import Prompts
import StageKit
import StageParts
import StageProtocol
import Tensors

@main struct PretrainLLM: Stage {
  static let description = StageDescription(
    name: "pretrain-llm",
    summary: "Trains a small Llama from scratch on text made of the training interactions.",
    inputs: [
      .init("prompts", "the wording of every prompt, such as prompts/english.txt"),
      .init("catalogue", schema: "catalogue", "titles and attributes"),
      .init("train", schema: "interactions", "training interactions"),
      .init("validation", schema: "validation", "stops training, by a quarter of the users"),
      .init("folds", schema: "folds", "training interactions that are left for the instructions"),
      StageContext.languageModelSettings,
    ],
    outputs: [
      .init("model", schema: "language-model", "weights, tokenizer, wording"),
      .init("curves", schema: "curves", "loss and validation metric of each epoch"),
    ],
    parameters: [
      .integer("seed", default: 1, "seed of weights, order and dropout", minimum: 0),
      .integer(
        "hiddenSize", default: 64, "width of the residual stream", minimum: 2, maximum: 65_536),
      .integer(
        "intermediateSize", default: 168, "width of the SwiGLU product", minimum: 1,
        maximum: 1_048_576),
      .integer("layers", default: 2, "decoder layers", minimum: 1, maximum: 1_000),
      .integer("heads", default: 2, "query heads; divides hiddenSize", minimum: 1),
      .integer("keyValueHeads", default: 2, "key and value heads; divides heads", minimum: 1),
      .integer(
        "contextLength", default: 256, "longest prompt with its answer", minimum: 16,
        maximum: 1_048_576),
      .integer("merges", default: 512, "byte-pair merges at most", minimum: 0),
      .integer("window", default: 62, "titles in a training window", minimum: 2),
      .integer("maximumHistory", default: 62, "interactions in a prompt, the latest", minimum: 1),
      .integer(
        "maximumSimilar", default: 10, "the similar user's interactions in a prompt", minimum: 0),
      .integer("maximumHints", default: 10, "the backbone's items in a prompt", minimum: 0),
      .boolean("ratings", default: true, "whether to learn ratings too"),
      .integer("batchSize", default: 32, "sequences a step", minimum: 1),
      .number("learningRate", default: 2e-3, "peak of AdamW's step", above: 0),
      .number("weightDecay", default: 0.05, "AdamW's decay", minimum: 0),
      .number(
        "dropout", default: 0.2, "rate on embeddings and residual branches", minimum: 0, below: 1),
      .integer("warmupEpochs", default: 2, "epochs of linear warm-up", minimum: 0),
      .integer("plannedEpochs", default: 60, "epochs over which the rate falls to 0", minimum: 1),
      .integer("epochs", default: 40, "most epochs", minimum: 1),
      .integer("patience", default: 5, "validations without a gain before stopping", minimum: 1),
      .integer("validationInterval", default: 2, "epochs between validations", minimum: 1),
    ],
    rules: [
      .divides(divisor: "heads", dividend: "hiddenSize"),
      .divides(divisor: "keyValueHeads", dividend: "heads"),
      .evenQuotient(dividend: "hiddenSize", divisor: "heads"),
    ])

  static func run(_ context: StageContext) async throws {
    let parameters = context.parameters
    let seed = parameters.integer("seed")
    let catalogue = try Entities(artifact: context.input("catalogue"))
    let train = try Histories(artifact: context.input("train"))
    let validation = try ValidationTargets(artifact: context.input("validation"))
    let templates = try context.promptTemplates(ratings: train.ratings)
    let distinct = Set(train.ratings).count
    if distinct > templates.ratingScale.count {
      context.log(
        "\(distinct) different ratings are told in \(templates.ratingScale.count) steps, quantiles "
          + "of them", level: .notice)
    }
    let model = try makeTitleLlama(
      TitleVocabulary(catalogue: catalogue, templates: templates),
      merges: parameters.integer("merges"), seed: UInt64(seed)
    ) { vocabularySize in
      let shape = LlamaConfiguration(
        vocabularySize: vocabularySize, hiddenSize: parameters.integer("hiddenSize"),
        intermediateSize: parameters.integer("intermediateSize"),
        layers: parameters.integer("layers"), heads: parameters.integer("heads"),
        keyValueHeads: parameters.integer("keyValueHeads"),
        contextLength: parameters.integer("contextLength"))
      try context.require(
        memory: shape.trainingMemory(
          titles: catalogue.count,
          tokens: parameters.integer("batchSize")
            * min(shape.contextLength, parameters.integer("window") + 16)),
        for: "a title Llama of \(catalogue.count) items",
        otherwise: "lower hiddenSize or batchSize")
      return shape
    }
    context.log(model.summary)

    let folds = try FoldPositions(artifact: context.input("folds"), of: train)
    let corpus = PretrainingCorpus(
      templates: templates, catalogue: catalogue, train: folds.known(of: train),
      window: parameters.integer("window"), includesRatings: parameters.boolean("ratings"))
    let stopping = validation.stopping(atMost: 2500, seed: UInt64(seed))
    var random = SeededRandom(seed: UInt64(seed), purpose: "pretraining")
    let stepsPerEpoch = steps(of: corpus, parameters: parameters)
    let settled = try context.settledEpochs()
    let (trained, curve) = try await model.trained(
      name: "pretraining",
      loop: EarlyStoppingTrainer(
        epochs: settled ?? parameters.integer("epochs"), patience: parameters.integer("patience"),
        higherIsBetter: true, interval: parameters.integer("validationInterval")),
      recipe: TrainingRecipe(
        batchSize: parameters.integer("batchSize"), dropout: parameters.float("dropout"),
        optimizer: .init(beta2: 0.98, weightDecay: parameters.float("weightDecay")),
        schedule: .linear(
          peak: parameters.float("learningRate"),
          warmup: parameters.integer("warmupEpochs") * stepsPerEpoch,
          total: parameters.integer("plannedEpochs") * stepsPerEpoch)),
      random: &random, monitor: context.monitor(), metricName: "NDCG@10",
      texts: corpus.texts
    ) { model in
      guard settled == nil else { return nil }
      return try await fullRankingNDCG(
        of: model, templates: templates, train: train, targets: validation.targets,
        users: stopping)
    }
    try context.writeModel(
      PromptedLanguageModel(model: trained, templates: templates), trainedAlong: curve,
      higherIsBetter: true)
    try context.writeCurve(
      curve, label: description.stage, metric: "NDCG@10", backbone: "", seed: seed)
  }

  /// Steps of one epoch, from a draw of its windows.
  private static func steps(of corpus: PretrainingCorpus, parameters: ParameterValues) -> Int {
    var random = SeededRandom(seed: 0)
    let count = corpus.texts(using: &random).count
    let size = parameters.integer("batchSize")
    return (count + size - 1) / size
  }
}
