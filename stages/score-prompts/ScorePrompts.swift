import Artifacts
import Datasets
import Evaluation
import LanguageModelParts
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import StageKit
import StageParts
import StageProtocol

@main struct ScorePrompts: Stage {
  static let description = StageDescription(
    name: "score-prompts",
    summary: "Lets the language model score each user's candidates, with and without augmentation.",
    inputs: [
      .init("model", schema: "language-model", "the tuned model"),
      .init("pretrained", schema: "language-model", "the model before tuning"),
      .init("train", schema: "interactions", "training interactions"),
      .init("validation", schema: "validation", "rated items at validation; known at test"),
      .init("predictions", schema: "predictions", "the base backbone's"),
      .init("augmented", schema: "predictions", "the retrained backbone's"),
      .init(
        "backbone", schema: "backbone-model",
        "top-k: the base backbone, scores what only the language model lists", optional: true),
      .init(
        "retrained", schema: "backbone-model", "top-k: the retrained backbone, likewise",
        optional: true),
      .init("questions", schema: "questions", "rating: the items asked at test", optional: true),
      StageContext.checkpointInput,
    ],
    outputs: [.init("scores", schema: "scores", "log-probabilities, odds or ratings")],
    parameters: [
      .strings(
        "modes", default: [RankingMode.listwise, .pointwise].map(\.rawValue),
        choices: RankingMode.allCases.map(\.rawValue), "ranking modes to score",
        minimumCount: 1),
      .integer(
        "ownCandidates", default: 50,
        "top-k: candidates that the language model lists beside the backbone's; metrics look at ten",
        minimum: 10),
    ])

  static func run(_ context: StageContext) async throws {
    let train = try Histories(artifact: context.input("train"))
    let validation = try ValidationTargets(artifact: context.input("validation")).targets
    let base = try Predictions(artifact: context.input("predictions"), of: train)
    let retrained = try Predictions(artifact: context.input("augmented"), of: train)
    if base.task == .rating, !context.hasInput("questions") {
      throw StageFailure(
        "rating predictions need the input questions: which item is asked at test",
        exitCode: .usage)
    }
    let questions =
      base.task == .rating ? try RatingQuestions(artifact: context.input("questions")).items : []
    let tuned = try context.languageModel("model")
    let pretrained = try context.languageModel("pretrained", orSameAs: tuned)
    let tunedModel = try context.remembering(tuned.model, journal: "tuned")
    let pretrainedModel = try context.remembering(pretrained.model, journal: "pretrained")
    let writers = [base, retrained].map {
      PromptWriter(templates: tuned.templates, train: train, userEmbeddings: $0.userEmbeddings)
    }
    var scores = CandidateScores(task: base.task)
    if base.task != .rating {
      let scoring = CandidateScoring(
        model: tunedModel, writer: writers[0], validation: validation, task: base.task)
      try await rankAlone(
        tunedModel, tuned.templates, scoring, train, validation, &scores, context)
      try uniteCandidates(
        [base, retrained], TrainingData(train: train, validation: validation), &scores, context)
    }
    for (model, isPretrained) in [(tunedModel, false), (pretrainedModel, true)] {
      let variants = PromptVariant.allCases.filter { $0.usesPretrained == isPretrained }
      func scoring(_ writer: PromptWriter) -> CandidateScoring {
        CandidateScoring(model: model, writer: writer, validation: validation, task: base.task)
      }
      if base.task == .rating {
        for variant in variants {
          for moment in Moment.allCases {
            try await scoreRatings(
              of: moment == .test ? questions : validation.items, variant, moment,
              scoring(writers[variant.usesRetrained ? 1 : 0]),
              variant.usesRetrained ? retrained : base, &scores, context)
          }
        }
      } else {
        try await scoreLists(variants, writers, scoring(writers[0]), &scores, context)
      }
    }
    context.tellRemarks(of: tunedModel)
    var artifact = scores.artifact()
    artifact.metadata[UserMetrics.languageModelKey] = tuned.model.name
    try context.write(artifact, to: "scores")
  }

  /// Joins the backbones' candidates, `[base, retrained]`, with the language model's own.
  private static func uniteCandidates(
    _ predictions: [Predictions], _ data: TrainingData, _ scores: inout CandidateScores,
    _ context: StageContext
  ) throws {
    for (predictions, input) in zip(predictions, ["backbone", "retrained"]) {
      guard context.hasInput(input) else {
        throw StageFailure(
          "top-k predictions need the input \(input): it scores what only the language model lists",
          exitCode: .usage)
      }
      let model = try BackboneModel(artifact: context.input(input))
      for moment in Moment.allCases {
        let isTest = moment == .test
        let lists = CandidateScores.Lists(predictions, at: moment)
        let name = CandidateScores.ListName(isRetrained: input == "retrained", moment: moment)
        guard let own = scores.alone[moment] else {
          scores.lists[name] = lists
          continue
        }
        scores.lists[name] = try .init(
          backbone: lists, own: own, ownLength: scores.aloneLength
        ) { items in
          try context.using(input) {
            try model.scores(of: items, on: data, knowsValidation: isTest)
          }
        }
      }
    }
  }

  /// Scores the lists of both backbones in all variants of one model; `writers` is `[base, retrained]`.
  private static func scoreLists(
    _ variants: [PromptVariant], _ writers: [PromptWriter], _ scoring: CandidateScoring,
    _ scores: inout CandidateScores, _ context: StageContext
  ) async throws {
    let modes = context.parameters.strings("modes").compactMap(RankingMode.init)
    let asked = variants.flatMap { variant in
      Moment.allCases.map { CandidateScores.Question(variant, nil, $0) }
    }
    let lists = asked.compactMap { question in
      scores.lists[question.list].map {
        CandidateLists(
          at: question.moment, items: $0.items, length: $0.length,
          backboneLength: $0.backboneLength,
          hints: question.variant.isAugmented
            ? writers[question.variant.usesRetrained ? 1 : 0] : nil)
      }
    }
    var values = lists.map { _ in modes.map { _ in [Float]() } }
    let users = lists.first?.userCount ?? 0
    let message = variants.map(\.rawValue).joined(separator: ", ")
    try await context.forEachBlock(of: users, message: message) { block in
      let found = try await scoring.scores(users: block, of: lists, modes: modes)
      for (list, modes) in found.enumerated() {
        for (mode, users) in modes.enumerated() { values[list][mode] += users.flatMap { $0 } }
      }
    }
    for (question, values) in zip(asked, values) {
      for (mode, values) in zip(modes, values) {
        scores.answers[.init(question.variant, mode, question.moment)] = values
      }
    }
  }

  private static func scoreRatings(
    of items: [Int32], _ variant: PromptVariant, _ moment: Moment, _ scoring: CandidateScoring,
    _ predictions: Predictions, _ scores: inout CandidateScores, _ context: StageContext
  ) async throws {
    let estimates = moment == .test ? predictions.testRatings : predictions.validationRatings
    var values: [Float] = []
    let name = variant.column("rating", moment)
    try await context.forEachBlock(of: items.count, message: name) { block in
      values += try await scoring.ratings(
        users: block, items: items, estimates: variant.isAugmented ? estimates : nil)
    }
    scores.answers[.init(variant, nil, moment)] = values
  }

  /// The model's own full rankings, without any backbone.
  private static func rankAlone(
    _ model: any LanguageModel, _ templates: PromptTemplates, _ scoring: CandidateScoring,
    _ train: Histories, _ validation: Targets, _ scores: inout CandidateScores,
    _ context: StageContext
  ) async throws {
    guard let ranking = try? model.rankingCatalogue() else {
      context.log(
        "\(model.name) does not rank the catalogue: all candidates are the backbone's",
        level: .notice)
      return
    }
    let length = min(context.parameters.integer("ownCandidates"), train.itemCount)
    scores.aloneLength = length
    for moment in Moment.allCases {
      var items: [Int32] = []
      try await context.forEachBlock(of: train.userCount, message: "alone, \(moment.rawValue)") {
        block in
        let known = block.map { user in
          moment == .test && validation.items[user] >= 0
            ? train.items(of: user) + [validation.items[user]] : train.items(of: user)
        }
        let lists = try await fullRanking(
          of: ranking, known: known, shown: block.map { scoring.history(of: $0, at: moment) },
          templates: templates, count: length)
        for list in lists { items += list.items(paddedTo: length) }
      }
      scores.alone[moment] = items
    }
  }
}
