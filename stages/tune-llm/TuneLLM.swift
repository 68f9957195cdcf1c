import Artifacts
import Datasets
import Evaluation
import Foundation
import Foundations
import LanguageModelParts
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import StageKit
import StageParts
import StageProtocol
import Tensors

@main struct TuneLLM: Stage {
  static let description = StageDescription(
    name: "tune-llm",
    summary: "Builds the instruction set of a backbone and tunes the language model on it.",
    inputs: [
      .init("model", schema: "language-model", "the pretrained model"),
      .init("catalogue", schema: "catalogue", "titles, for the instructions in words"),
      .init("train", schema: "interactions", "training interactions"),
      .init("validation", schema: "validation", "stops training, by a quarter of the users"),
      .init("folds", schema: "folds", "the interactions that the instructions ask about"),
      .init("predictions", schema: "predictions", "the backbone's, with out-of-fold hints"),
      StageContext.languageModelSettings,
      StageContext.checkpointInput,
    ],
    outputs: [
      .init("model", schema: "language-model", "the tuned model"),
      .init("instructions", schema: "instructions", "the instruction set in words"),
      .init(
        "chat", file: "instructions.jsonl.zst", "the same as chat messages, for other trainers"),
      .init("curves", schema: "curves", "loss and validation metric of each epoch"),
    ],
    parameters: [
      .integer("seed", default: 1, "seed of the instruction set and of training", minimum: 0),
      .boolean("trains", default: true, "whether the model is trained; false hands it on as it is"),
      .integer(
        "rank", default: 16,
        "checkpoints: rank of the adapters that are trained (LoRA); 0 trains every parameter",
        minimum: 0),
      .number(
        "alpha", default: 32, "checkpoints: the adapters' product is scaled by alpha / rank",
        above: 0),
      .integer("instructions", default: 10_000, "how many of each kind at most", minimum: 1),
      .integer("batchSize", default: 16, "sequences a step", minimum: 1),
      .number("learningRate", default: 3e-4, "peak of AdamW's step", above: 0),
      .number("weightDecay", default: 0.05, "AdamW's decay", minimum: 0),
      .number(
        "dropout", default: 0.2, "rate on embeddings and residual branches", minimum: 0, below: 1),
      .integer("epochs", default: 3, "epochs", minimum: 1),
      .integer("warmupSteps", default: 50, "steps of linear warm-up before the cosine", minimum: 0),
      .number(
        "replay", default: 0.5,
        "share of the pretraining windows that each epoch repeats against forgetting", minimum: 0,
        maximum: 1),
      .integer(
        "closingEpochs", default: 1,
        "epochs after tuning over all training interactions, those that the instructions asked about too",
        minimum: 0),
    ])

  static func run(_ context: StageContext) async throws {
    let parameters = context.parameters
    let seed = parameters.integer("seed")
    let pretrained = try context.languageModel("model")
    let catalogue = try Entities(artifact: context.input("catalogue"))
    let train = try Histories(artifact: context.input("train"))
    let validation = try ValidationTargets(artifact: context.input("validation"))
    let predictionsArtifact = try context.input("predictions")
    let predictions = try Predictions(artifact: predictionsArtifact, of: train)
    let templates = pretrained.templates
    var random = SeededRandom(seed: UInt64(seed), purpose: "instructions")
    let instructions =
      InstructionSet(templates: templates, train: train, predictions: predictions)?
      .instructions(limit: parameters.integer("instructions"), using: &random) ?? []
    context.log("\(instructions.count) instructions")
    try write(instructions, templates, titles: catalogue.titles, context)
    let tunable = parameters.boolean("trains") ? try? pretrained.model.tunable() : nil
    guard !instructions.isEmpty, let tunable else {
      if tunable == nil {
        context.log(
          "\(pretrained.model.name) is not trained here; it stays as it is, and the instructions are for other "
            + "trainers", level: .notice)
      } else {
        // An instruction asks about a training interaction that was held out; it needs two before it.
        context.log(
          "no user has three training interactions with one held out; the model stays as it was "
            + "pretrained", level: .warning)
      }
      try context.write(
        tunable == nil ? context.input("model") : pretrained.artifact(), to: "model")
      try context.writeCurve(
        [], label: description.stage, metric: predictions.task.validationMetric.rawValue,
        backbone: predictionsArtifact.metadata["backbone"] ?? "", seed: seed)
      return
    }

    let isRating = predictions.task == .rating
    let judge = TuningJudge(
      predictions: predictions, validation: validation.targets,
      writer: PromptWriter(
        templates: templates, train: train, userEmbeddings: predictions.userEmbeddings),
      users: validation.stopping)
    let folds = try FoldPositions(artifact: context.input("folds"), of: train)
    func texts(
      with train: Histories, share: Double
    ) -> (inout SeededRandom) -> [TrainingText] {
      let corpus = PretrainingCorpus(
        templates: templates, catalogue: catalogue, train: train,
        window: templates.maximumHistory, includesRatings: isRating)
      return { random in
        var windows =
          isRating ? corpus.ratingWindows(using: &random) : corpus.historyWindows(using: &random)
        random.shuffle(&windows)
        return instructions.map(\.trainingText)
          + windows.prefix(Int(share * Double(windows.count)))
      }
    }
    let settled = try context.settledEpochs()
    let metricName = predictions.task.validationMetric.rawValue
    var (tuned, curve) = try await self.train(
      tunable, "tuning", epochs: settled ?? parameters.integer("epochs"),
      planned: parameters.integer("epochs"), warmup: parameters.integer("warmupSteps"),
      metricName: metricName, higherIsBetter: !isRating, random: &random, context,
      texts: texts(with: folds.known(of: train), share: parameters.number("replay"))
    ) { model in
      guard settled == nil else { return nil }
      let judgement = try await judge.judgement(of: model)
      context.log("\(metricName): \(judgement)")
      return judgement.mean
    }
    let closing = parameters.integer("closingEpochs")
    if closing > 0 {
      // What the instructions asked about is learned as text only when they are done.
      (tuned, _) = try await self.train(
        tuned.tunable(), "closing", epochs: closing, planned: closing, warmup: 0,
        metricName: metricName, higherIsBetter: !isRating, random: &random, context,
        texts: texts(with: train, share: 1)
      ) { _ in nil }
      if settled == nil {
        context.log("\(metricName) at the end: \(try await judge.judgement(of: tuned))")
      }
    }
    try context.writeModel(
      PromptedLanguageModel(model: tuned, templates: templates), trainedAlong: curve,
      higherIsBetter: !isRating)
    try context.writeCurve(
      curve, label: description.stage, metric: metricName,
      backbone: predictionsArtifact.metadata["backbone"] ?? "", seed: seed)
  }

  private static func train(
    _ model: some TunableModel, _ name: String, epochs: Int, planned: Int, warmup: Int,
    metricName: String, higherIsBetter: Bool, random: inout SeededRandom, _ context: StageContext,
    texts: (inout SeededRandom) -> [TrainingText],
    judging judge: (any LanguageModel) async throws -> Float?
  ) async throws -> (any LanguageModel, [CurvePoint]) {
    let parameters = context.parameters
    var draw = SeededRandom(seed: 0)
    let steps = texts(&draw).count / parameters.integer("batchSize") + 1
    return try await model.trained(
      name: name,
      loop: EarlyStoppingTrainer(
        epochs: epochs, patience: planned, higherIsBetter: higherIsBetter),
      recipe: TrainingRecipe(
        batchSize: parameters.integer("batchSize"), dropout: parameters.float("dropout"),
        optimizer: .init(beta2: 0.98, weightDecay: parameters.float("weightDecay")),
        schedule: .cosine(
          peak: parameters.float("learningRate"), warmup: warmup, total: planned * steps),
        checkpoint: CheckpointTuning(
          adapters: parameters.integer("rank") == 0
            ? nil
            : AdapterOptions(
              rank: parameters.integer("rank"), alpha: parameters.float("alpha")))),
      random: &random, monitor: context.monitor(), metricName: metricName, texts: texts,
      validate: judge)
  }

  /// Writes the instructions in words: as an artifact, and as chat messages a line.
  private static func write(
    _ instructions: [Instruction], _ templates: PromptTemplates, titles: [String],
    _ context: StageContext
  ) throws {
    let prompts = instructions.map { $0.prompt.rendered(titles: titles) }
    let answers = instructions.map { $0.answer.rendered(titles: titles) }
    var artifact = Artifact(schema: "instructions")
    artifact.set("prompts", text: prompts)
    artifact.set("answers", text: answers)
    artifact.set("kinds", text: instructions.map(\.kind.rawValue))
    try context.write(artifact, to: "instructions")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines: [UInt8] = []
    for (index, instruction) in instructions.enumerated() {
      lines += try encoder.encode([
        "messages": [
          ["role": "system", "content": templates.task(instruction.kind)],
          ["role": "user", "content": prompts[index]],
          ["role": "assistant", "content": answers[index]],
        ]
      ])
      lines.append(UInt8(ascii: "\n"))
    }
    try Files.writeAtomically(
      Zstd.compress(lines, threads: context.threads), to: context.outputPath("chat"))
  }
}
