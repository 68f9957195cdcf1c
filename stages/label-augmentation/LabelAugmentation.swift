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

@main struct LabelAugmentation: Stage {
  static let description = StageDescription(
    name: "label-augmentation",
    summary: "Lets the language model label new training data for the backbone.",
    inputs: [
      .init("model", schema: "language-model", "the tuned model"),
      .init("catalogue", schema: "catalogue", "titles and attributes"),
      .init("train", schema: "interactions", "training interactions"),
      StageContext.checkpointInput,
    ],
    outputs: [
      .init("labels", schema: "labels", "preferred pairs, insertions, or attributes")
    ],
    parameters: [
      .choice("backbone", default: BackboneName.mf, "whose task decides what is labelled"),
      .integer("seed", default: 1, "seed of the draws", minimum: 0),
      .choice("pairSource", default: PairSource.modelTop, "direct: where pairs come from"),
      .integer("pairsPerUser", default: 600, "direct: pairs asked a user", minimum: 1),
      .integer("topItems", default: 300, "direct, model-top: the model's first items", minimum: 2),
      .integer("insertionsPerUser", default: 1, "sequential: items inserted a user", minimum: 0),
      .integer(
        "listLength", default: 20, "sequential: un-interacted items to choose from", minimum: 1),
      .strings(
        "attributes", default: ["genres"], "rating: attributes whose gaps the model fills"),
      .boolean("companions", default: true, "rating: whether to name each item's companion"),
      .integer("examples", default: 4, "rating: worked examples a prompt", minimum: 0),
      .integer("answers", default: 64, "rating: the most frequent values allowed", minimum: 2),
    ])

  static func run(_ context: StageContext) async throws {
    let backbone: BackboneName = context.parameters.choice("backbone")
    let prompted = try context.languageModel("model")
    let model = try context.remembering(prompted.model, journal: "answers")
    let train = try Histories(artifact: context.input("train"))
    let catalogue = try Entities(artifact: context.input("catalogue"))
    let templates = prompted.templates
    let labels: Labels
    switch backbone.task {
    case .direct: labels = .pairs(try await pairs(model, templates, train, context))
    case .sequential: labels = .insertions(try await insertions(model, templates, train, context))
    case .rating:
      labels = .attributes(try await attributes(model, templates, train, catalogue, context))
    }
    context.tellRemarks(of: model)
    var artifact = labels.artifact()
    artifact.metadata["backbone"] = backbone.rawValue
    try context.write(artifact, to: "labels")
  }

  private static func pairs(
    _ model: any LanguageModel, _ templates: PromptTemplates, _ train: Histories,
    _ context: StageContext
  ) async throws -> [PreferenceLabelling.Label] {
    let parameters = context.parameters
    let labelling = PreferenceLabelling(
      source: parameters.choice("pairSource"), pairsPerUser: parameters.integer("pairsPerUser"),
      topItems: parameters.integer("topItems"))
    var result: [PreferenceLabelling.Label] = []
    try await context.forEachBlock(of: train.userCount) { users in
      result += try await labelling.labels(
        of: users, train: train, templates: templates, model: model,
        seed: UInt64(parameters.integer("seed")))
    }
    return result
  }

  private static func insertions(
    _ model: any LanguageModel, _ templates: PromptTemplates, _ train: Histories,
    _ context: StageContext
  ) async throws -> [SequenceAugmentation.Insertion] {
    let parameters = context.parameters
    let augmentation = SequenceAugmentation(
      insertionsPerUser: parameters.integer("insertionsPerUser"),
      listLength: parameters.integer("listLength"))
    var result: [SequenceAugmentation.Insertion] = []
    try await context.forEachBlock(of: train.userCount) { users in
      result += try await augmentation.insertions(
        of: users, train: train, templates: templates, model: model,
        seed: UInt64(parameters.integer("seed")))
    }
    return result
  }

  private static func attributes(
    _ model: any LanguageModel, _ templates: PromptTemplates, _ train: Histories,
    _ catalogue: Entities, _ context: StageContext
  ) async throws -> [Attribute] {
    let parameters = context.parameters
    let augmentation = AttributeAugmentation(
      templates: templates, catalogue: catalogue, examples: parameters.integer("examples"),
      answers: parameters.integer("answers"))
    var attributes: [Attribute] = []
    for name in parameters.strings("attributes") {
      guard let attribute = catalogue.attribute(name) else {
        context.log("the catalogue has no attribute \(name); nothing to fill", level: .warning)
        continue
      }
      var random = SeededRandom(
        seed: UInt64(parameters.integer("seed")), purpose: "attribute-\(name)")
      if let filled = try await augmentation.completing(attribute, with: model, using: &random) {
        attributes.append(filled)
      } else {
        context.log("attribute \(name): nothing is missing")
      }
    }
    if parameters.boolean("companions") {
      attributes.append(
        try await augmentation.companions(frequencies: train.itemFrequencies(), with: model))
    }
    return attributes
  }
}
