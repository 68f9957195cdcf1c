import Artifacts
import Datasets
import Evaluation
import Foundations
import LanguageModelParts
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import StageKit
import StageParts
import StageProtocol

@main struct Recommend: Stage {
  static let description = StageDescription(
    name: "recommend",
    summary:
      "Writes a list for every user, blended as validation chose, by models that know everything.",
    inputs: [
      .init("delivery", "whose lists, and how they are blended: what deliver wrote"),
      .init("model", schema: "language-model", "the tuned model, trained on everything"),
      .init("backbone", schema: "backbone-model", "the backbone, trained on everything"),
      .init("predictions", schema: "predictions", "its lists"),
      .init("retrained", schema: "backbone-model", "the same on the augmented data"),
      .init("augmented", schema: "predictions", "its lists"),
      .init("train", schema: "interactions", "all interactions"),
      .init("validation", schema: "validation", "holds nothing out"),
      .init("catalogue", schema: "catalogue", "the items' ids, titles and attributes"),
      .init("users", schema: "users", "the users' ids"),
      .init("idle-users", schema: "idle-users", "users without an interaction"),
      StageContext.checkpointInput,
    ],
    outputs: [
      .init("recommendations", schema: "recommendations", "the lists and what explains them"),
      .init(
        "table", file: "recommendations.csv", "a line an item: user, rank, item, scores, source"),
      .init("lines", file: "recommendations.jsonl", "a line a user, with titles"),
    ],
    parameters: [
      .integer("count", default: 20, "items a user at most", minimum: 1),
      .integer(
        "ownCandidates", default: 50,
        "candidates that the language model lists beside the backbone's",
        minimum: 1),
      .boolean("repeatable", default: false, "whether items that a user already has may be listed"),
      .strings(
        "exclude", default: [], "ids of items that are never listed"),
      .strings(
        "keep", default: [], "ATTRIBUTE=VALUE: only items with one of these values are listed"),
      .strings(
        "drop", default: [], "ATTRIBUTE=VALUE: items with one of these values are not listed"),
    ])

  static func run(_ context: StageContext) async throws {
    let deliveryPath = context.path(ofInput: "delivery")
    let delivery = try Delivery(contentsOf: deliveryPath)
    guard let choice = BlendChoice(words: delivery.choices) else {
      throw StageFailure(
        "\(deliveryPath): found no way to blend in its choices, expected what aggregate chose; run deliver "
          + "again", exitCode: .badData)
    }
    guard let mode = choice.mode, let candidates = choice.candidates else {
      throw StageFailure(
        "\(deliveryPath): found ratings by \(delivery.backbone), expected a backbone that ranks; add one, "
          + "for example --set backbones=mf,\(delivery.backbone)", exitCode: .usage)
    }
    let train = try Histories(artifact: context.input("train"))
    let validation = try ValidationTargets(artifact: context.input("validation")).targets
    let catalogue = try Entities(artifact: context.input("catalogue"))
    let users = try Entities(artifact: context.input("users"))
    let idle = try IdleUsers(artifact: context.input("idle-users"))
    // Both backbones are read, so that a damaged one is noticed; validation chose one of them.
    let both = try [("backbone", "predictions"), ("retrained", "augmented")].map { model, lists in
      (
        model, try BackboneModel(artifact: context.input(model)),
        try Predictions(artifact: context.input(lists), of: train)
      )
    }
    let (modelInput, backbone, predictions) = both[choice.variant.usesRetrained ? 1 : 0]
    guard predictions.task == delivery.task, backbone.backbone.rawValue == delivery.backbone else {
      throw StageFailure(
        "\(context.path(ofInput: modelInput)): found \(backbone.backbone.rawValue), expected "
          + "\(delivery.backbone) as in \(deliveryPath)", exitCode: .badData)
    }
    let prompted = try context.languageModel("model")
    let model = try context.remembering(prompted.model, journal: "answers")
    let filter = try ItemFilter(
      catalogue, exclude: context.parameters.strings("exclude"),
      keep: context.parameters.strings("keep"), drop: context.parameters.strings("drop"))
    let writer = PromptWriter(
      templates: prompted.templates, train: train, userEmbeddings: predictions.userEmbeddings)
    let recommending = Recommending(
      choice: choice, mode: mode, candidates: candidates, train: train, writer: writer,
      count: context.parameters.integer("count"), allows: filter.allows,
      isRepeatable: context.parameters.boolean("repeatable"))

    let own = min(context.parameters.integer("ownCandidates"), train.itemCount)
    let lists = CandidateScores.Lists(predictions, at: .validation)
    let data = TrainingData(train: train, validation: validation)
    let candidateScores = try await recommending.candidates(
      backbone: lists, ownLength: own, model: model,
      progress: { try await context.forEachBlock(of: $0, message: $1, $2) },
      score: { items in
        try context.using(modelInput) {
          try backbone.scores(of: items, on: data, knowsValidation: false)
        }
      })

    context.tellRemarks(of: model)
    let recommendations = Recommendations(
      itemIDs: catalogue.ids, titles: catalogue.titles,
      lists: recommending.lists(candidateScores, users: users.ids)
        + recommending.popularLists(for: idle.ids))
    tell(recommendations, context)
    try context.write(recommendations.artifact(), to: "recommendations")
    try Files.writeAtomically(recommendations.table, to: context.outputPath("table"))
    try Files.writeAtomically(recommendations.lines, to: context.outputPath("lines"))
  }

  /// Says what was made, and what a reader of the lists should know of them.
  private static func tell(_ recommendations: Recommendations, _ context: StageContext) {
    let count = context.parameters.integer("count")
    let statistics = ListStatistics(recommendations)
    context.log(
      "\(statistics.users) users, \(statistics.lists) different lists of \(statistics.items) different "
        + "items", level: .notice)
    let short = recommendations.lists.count { $0.entries.count < count }
    if short > 0 {
      context.log(
        "\(short) lists have fewer than \(count) items: nothing else is left that the filters allow and the "
          + "user does not have", level: .warning)
    }
    if statistics.areAllTheSame {
      context.log("every user has the same list", level: .warning)
    }
  }
}
