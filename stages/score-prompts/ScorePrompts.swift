import Artifacts
import Datasets
import Evaluation
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
      .init("questions", schema: "questions", "rating: the items asked at test", optional: true),
    ],
    outputs: [.init("scores", schema: "scores", "log-probabilities, odds or ratings")],
    parameters: [
      .strings(
        "modes", default: RankingMode.allCases.map(\.rawValue),
        choices: RankingMode.allCases.map(\.rawValue), "ranking modes to score",
        minimumCount: 1),
      .integer(
        "aloneLength", default: 10, "length of the model's own full rankings; metrics look at ten",
        minimum: 10),
    ])

  static func run(_ context: StageContext) throws {
    let train = try Histories(artifact: context.input("train"))
    let validation = try Targets(artifact: context.input("validation"))
    let base = try Predictions(artifact: context.input("predictions"))
    let retrained = try Predictions(artifact: context.input("augmented"))
    if base.task == .rating, !context.hasInput("questions") {
      throw StageFailure(
        "rating predictions need the input questions: which item is asked at test",
        exitCode: .usage)
    }
    let questions =
      base.task == .rating ? try RatingQuestions(artifact: context.input("questions")).items : []
    let tuned = try context.languageModel("model")
    let pretrained = try context.languageModel("pretrained")
    let tunedModel = try context.remembering(tuned.model, journal: "tuned")
    let pretrainedModel = try context.remembering(pretrained.model, journal: "pretrained")
    let writers = [base, retrained].map {
      PromptWriter(templates: tuned.templates, train: train, userEmbeddings: $0.userEmbeddings)
    }
    var scores = CandidateScores(task: base.task)
    if base.task != .rating {
      for (isRetrained, predictions) in [(false, base), (true, retrained)] {
        for moment in Moment.allCases {
          scores.lists[.init(isRetrained: isRetrained, moment: moment)] = .init(
            length: predictions.candidates,
            items: moment == .test ? predictions.testItems : predictions.validationItems,
            recommender: moment == .test ? predictions.testScores : predictions.validationScores)
        }
      }
    }
    for variant in PromptVariant.allCases {
      let predictions = variant.usesRetrained ? retrained : base
      let scoring = CandidateScoring(
        model: variant.usesPretrained ? pretrainedModel : tunedModel,
        writer: writers[variant.usesRetrained ? 1 : 0], validation: validation, task: base.task)
      for moment in Moment.allCases {
        if base.task == .rating {
          try scoreRatings(
            of: moment == .test ? questions : validation.items, variant, moment, scoring,
            predictions, &scores, context)
        } else {
          try scoreLists(variant, moment, scoring, predictions, &scores, context)
        }
      }
    }
    if base.task != .rating {
      let scoring = CandidateScoring(
        model: tunedModel, writer: writers[0], validation: validation, task: base.task)
      try rankAlone(tuned, scoring, train, validation, &scores, context)
    }
    try context.write(scores.artifact(), to: "scores")
  }

  private static func scoreLists(
    _ variant: PromptVariant, _ moment: Moment,
    _ scoring: CandidateScoring<RememberingLanguageModel<EmbeddedLanguageModel>>,
    _ predictions: Predictions, _ scores: inout CandidateScores, _ context: StageContext
  ) throws {
    let lists = moment == .test ? predictions.testItems : predictions.validationItems
    let users = lists.count / predictions.candidates
    for name in context.parameters.strings("modes") {
      guard let mode = RankingMode(rawValue: name) else { continue }
      var values: [Float] = []
      try context.forEachBlock(of: users, message: variant.column(name, moment)) { block in
        values += try scoring.scores(
          users: block, lists: lists, length: predictions.candidates, at: moment, mode: mode,
          augmented: variant.isAugmented
        ).flatMap { $0 }
      }
      scores.answers[.init(variant, mode, moment)] = values
    }
  }

  private static func scoreRatings(
    of items: [Int32], _ variant: PromptVariant, _ moment: Moment,
    _ scoring: CandidateScoring<RememberingLanguageModel<EmbeddedLanguageModel>>,
    _ predictions: Predictions, _ scores: inout CandidateScores, _ context: StageContext
  ) throws {
    let estimates = moment == .test ? predictions.testRatings : predictions.validationRatings
    var values: [Float] = []
    try context.forEachBlock(of: items.count, message: variant.column("rating", moment)) { block in
      values += try scoring.ratings(
        users: block, items: items, estimates: variant.isAugmented ? estimates : nil)
    }
    scores.answers[.init(variant, nil, moment)] = values
  }

  /// The model's own full rankings, without any backbone.
  private static func rankAlone(
    _ tuned: PromptedLanguageModel,
    _ scoring: CandidateScoring<RememberingLanguageModel<EmbeddedLanguageModel>>,
    _ train: Histories, _ validation: Targets, _ scores: inout CandidateScores,
    _ context: StageContext
  ) throws {
    let length = context.parameters.integer("aloneLength")
    scores.aloneLength = length
    for moment in Moment.allCases {
      var items: [Int32] = []
      try context.forEachBlock(of: train.userCount, message: "alone.\(moment.rawValue)") { block in
        let known = block.map { user in
          moment == .test && validation.items[user] >= 0
            ? train.items(of: user) + [validation.items[user]] : train.items(of: user)
        }
        let lists = fullRanking(
          of: tuned.model, known: known, shown: block.map { scoring.history(of: $0, at: moment) },
          templates: tuned.templates, count: length)
        for list in lists {
          items += list.items + [Int32](repeating: -1, count: length - list.items.count)
        }
      }
      scores.alone[moment] = items
    }
  }
}
