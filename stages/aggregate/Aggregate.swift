import Artifacts
import Datasets
import Evaluation
import MutualAugmentation
import Recommenders
import StageKit
import StageProtocol

@main struct Aggregate: Stage {
  static let description = StageDescription(
    name: "aggregate",
    summary: "Blends backbone and language model user by user, chosen on validation, and measures.",
    inputs: [
      .init("scores", schema: "scores", "the language model's scores"),
      .init("predictions", schema: "predictions", "the base backbone's"),
      .init("augmented", schema: "predictions", "the retrained backbone's"),
      .init("train", schema: "interactions", "training interactions, for N(u)"),
      .init(
        "validation", schema: "validation",
        "chooses the blend, by the other three quarters of the users"),
      .init("test", schema: "test", "measures"),
      .init(
        "backbone", schema: "backbone-model",
        "top-k: the base backbone, scores what only a partner lists", optional: true),
      .init(
        "partners", schema: "backbone-model",
        "conventional models that may stand in the language model's place", optional: true,
        many: true),
      .init(
        "partner-predictions", schema: "predictions", "theirs", optional: true, many: true),
    ],
    outputs: [
      .init("metrics", schema: "user-metrics", "each test user's metrics under every method")
    ],
    parameters: [
      .integer("seed", default: 1, "the seed of the models, told in the results", minimum: 0),
      .strings(
        "candidateSources", default: [CandidateSource.both.rawValue],
        choices: CandidateSource.allCases.map(\.rawValue),
        "top-k: whose candidates validation may choose", minimumCount: 1),
      .integers(
        "candidateCounts", default: [50],
        "top-k: how many of each side's candidates it may choose; not more than were scored count, and "
          + "metrics look at ten",
        minimum: 10, minimumCount: 1),
      .strings(
        "utilities", default: [Utility.standardized.rawValue],
        choices: Utility.allCases.map(\.rawValue),
        "top-k: how scores may become utilities", minimumCount: 1),
      .numbers(
        "weights", default: AdaptiveAggregation.grid.map { Double("\($0)") ?? 0 },
        "the values of α₁ and α₂", minimum: 0, below: 1, minimumCount: 1),
    ])

  static func run(_ context: StageContext) throws {
    let trainArtifact = try context.input("train")
    let train = try Histories(artifact: trainArtifact)
    let baseArtifact = try context.input("predictions")
    let base = try Predictions(artifact: baseArtifact, of: train)
    let scoresArtifact = try context.input("scores")
    let scores = try CandidateScores(artifact: scoresArtifact)
    let validation = try ValidationTargets(artifact: context.input("validation"))
    let augmentedArtifact = try context.input("augmented")
    // An ablation that differs in more than one thing measures neither.
    guard baseArtifact.metadata["hyperparameters"] == augmentedArtifact.metadata["hyperparameters"]
    else {
      throw StageFailure(
        "\(context.path(ofInput: "augmented")): found other hyperparameters than in "
          + "\(context.path(ofInput: "predictions")), expected those of the base backbone; set what you "
          + "set for train-backbone for retrain-augmented too", exitCode: .badData)
    }
    let interactions = (0..<train.userCount).map { train.count(of: $0) }
    let options = BlendOptions(
      candidates: context.parameters.strings("candidateSources").compactMap(
        CandidateSource.init(rawValue:)
      ).flatMap { source in
        context.parameters.integers("candidateCounts").map { CandidateChoice(source, $0) }
      }, utilities: context.parameters.strings("utilities").compactMap(Utility.init(rawValue:)),
      weights: context.parameters.numbers("weights").map { Float($0) })
    let test = try Targets(artifact: context.input("test"))
    let evaluation = MethodEvaluation(
      base: base, retrained: try Predictions(artifact: augmentedArtifact, of: train),
      scores: scores, validation: validation.targets, test: test,
      interactions: interactions, choosing: validation.choosing, options: options,
      partners: try partners(
        of: base, TrainingData(train: train, validation: validation.targets), context))
    let (results, grid) = evaluation.evaluate()
    let users = evaluation.testUsers
    let full = results.first { $0.method == .llama4rec }?.choice
    var metrics = UserMetrics(
      task: base.task, backbone: baseArtifact.metadata["backbone"] ?? "",
      languageModel: scoresArtifact.metadata[UserMetrics.languageModelKey],
      dataset: trainArtifact.metadata["dataset"] ?? "",
      seed: context.parameters.integer("seed"), methods: results.map(\.method),
      metrics: evaluation.metrics, users: users.map { Int32($0) },
      interactions: users.map { Int32(interactions[$0]) },
      values: results.flatMap { $0.values.flatMap { $0 } }, alpha1: options.weights,
      alpha2: options.weights,
      map: map(grid, of: full),
      mapMetric: base.task.blendMetric, choices: choices(results))
    let frequencies = train.itemFrequencies()
    metrics.popularity = users.map { Int32(frequencies[Int(test.items[$0])]) }
    if let weights = full?.weights(interactions: interactions) {
      metrics.weights = users.map { weights[$0] }
    }
    if let own = evaluation.listsTarget(.backbone),
      let other = evaluation.listsTarget(.languageModel)
    {
      metrics.listed = Listed(
        length: max(base.candidates, scores.aloneLength), byBackbone: own, byLanguageModel: other)
    }
    try context.write(metrics.artifact(), to: "metrics")
  }

  /// The models that may stand in the language model's place: those of the same kind as the backbone.
  private static func partners(
    of base: Predictions, _ data: TrainingData, _ context: StageContext
  ) throws -> [Partner] {
    let models = try zip(context.paths(ofInput: "partners"), context.inputs("partners")).map {
      (path: $0, model: try BackboneModel(artifact: $1))
    }
    let baseModel =
      context.hasInput("backbone") ? try BackboneModel(artifact: context.input("backbone")) : nil
    return try context.inputs("partner-predictions").compactMap { artifact in
      let predictions = try Predictions(artifact: artifact, of: data.train)
      let backbone: BackboneName = try artifact.word("backbone")
      let name = backbone.rawValue
      // A model that was left out for lack of memory is nobody's partner.
      guard (predictions.task == .rating) == (base.task == .rating),
        artifact.metadata[Predictions.leftOutKey] == nil
      else { return nil }
      if base.task == .rating { return Partner(name: name, rating: predictions) }
      guard let baseModel,
        let partner = models.first(where: { $0.model.backbone == backbone })
      else {
        throw StageFailure(
          "partner-predictions of \(name) need the inputs backbone and partners: they score what only the "
            + "other lists", exitCode: .usage)
      }
      return try Partner(name: name, ranking: predictions, beside: base) { items, knowsValidation in
        try context.using(fileAt: partner.path) {
          try partner.model.scores(
            of: items, on: data, knowsValidation: knowsValidation, for: base.task)
        }
      } baseScoring: { items, knowsValidation in
        try context.using("backbone") {
          try baseModel.scores(of: items, on: data, knowsValidation: knowsValidation)
        }
      }
    }
  }

  /// The α₁ × α₂ map of the full system, in the mode and utility that were chosen.
  private static func map(_ grid: [BlendChoice], of chosen: BlendChoice?) -> [Float] {
    grid.filter {
      $0.variant == chosen?.variant && $0.mode == chosen?.mode
        && $0.candidates == chosen?.candidates && $0.utility == chosen?.utility
    }.map(\.metric)
  }

  /// What validation chose: for the full system, and for every other row under its name.
  private static func choices(_ results: [MethodResult]) -> [String: String] {
    var choices: [String: String] = [:]
    for result in results {
      guard let choice = result.choice else { continue }
      let prefix = result.method == .llama4rec ? "" : "\(result.method) "
      if let partner = result.partner { choices[prefix + "partner"] = partner }
      for (name, word) in choice.words where result.method == .llama4rec || name != "validation" {
        choices[prefix + name] = word
      }
    }
    return choices
  }
}
