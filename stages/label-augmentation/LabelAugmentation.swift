import Artifacts
import Datasets
import Evaluation
import Foundations
import LanguageModels
import MutualAugmentation
import Prompts
import Recommenders
import StageKit
import StageParts
import StageProtocol
import Tensors

@main struct LabelAugmentation: Stage {
  static let description = StageDescription(
    name: "label-augmentation",
    summary: "Lets the language model label new training data for the backbone.",
    inputs: [
      .init("model", schema: "language-model", "the tuned model"),
      .init("catalogue", schema: "catalogue", "titles and attributes"),
      .init("train", schema: "interactions", "training interactions"),
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

  static func run(_ context: StageContext) throws {
    let backbone: BackboneName = context.parameters.choice("backbone")
    let prompted = try context.languageModel("model")
    let train = try Histories(artifact: context.input("train"))
    let labels: Labels =
      switch backbone.task {
      case .direct: .pairs(try pairs(prompted, train, context))
      case .sequential: .insertions(try insertions(prompted, train, context))
      case .rating: .attributes(try attributes(prompted, train, context))
      }
    var artifact = labels.artifact()
    artifact.metadata["backbone"] = backbone.rawValue
    try context.write(artifact, to: "labels")
  }

  private static func pairs(
    _ prompted: PromptedLanguageModel, _ train: Histories, _ context: StageContext
  ) throws -> [PreferenceLabelling.Label] {
    let parameters = context.parameters
    let labelling = PreferenceLabelling(
      source: parameters.choice("pairSource"), pairsPerUser: parameters.integer("pairsPerUser"),
      topItems: parameters.integer("topItems"))
    var result: [PreferenceLabelling.Label] = []
    try forEachRanking(prompted, train, context) { user, scores, random in
      result += labelling.label(
        user: Int32(user), logProbabilities: scores, known: train.items(of: user), using: &random)
    }
    return result
  }

  private static func insertions(
    _ prompted: PromptedLanguageModel, _ train: Histories, _ context: StageContext
  ) throws -> [SequenceAugmentation.Insertion] {
    let parameters = context.parameters
    let augmentation = SequenceAugmentation(
      insertionsPerUser: parameters.integer("insertionsPerUser"),
      listLength: parameters.integer("listLength"))
    var result: [SequenceAugmentation.Insertion] = []
    try forEachRanking(prompted, train, context) { user, scores, random in
      result += augmentation.insertions(
        user: Int32(user), logProbabilities: scores, known: train.items(of: user), using: &random)
    }
    return result
  }

  private static func attributes(
    _ prompted: PromptedLanguageModel, _ train: Histories, _ context: StageContext
  ) throws -> [Attribute] {
    let parameters = context.parameters
    let catalogue = try Entities(artifact: context.input("catalogue"))
    let model = try context.remembering(prompted.model, journal: "attributes")
    let augmentation = AttributeAugmentation(
      templates: prompted.templates, catalogue: catalogue,
      examples: parameters.integer("examples"), answers: parameters.integer("answers"))
    var attributes: [Attribute] = []
    for name in parameters.strings("attributes") {
      guard let attribute = catalogue.attribute(name) else {
        context.log("the catalogue has no attribute \(name); nothing to fill", level: .warning)
        continue
      }
      var random = SeededRandom(
        seed: UInt64(parameters.integer("seed")), purpose: "attribute-\(name)")
      if let filled = try augmentation.completing(attribute, with: model, using: &random) {
        attributes.append(filled)
      } else {
        context.log("attribute \(name): nothing is missing")
      }
    }
    if parameters.boolean("companions") {
      attributes.append(
        try augmentation.companions(frequencies: train.itemFrequencies(), with: model))
    }
    return attributes
  }

  /// Calls a closure with the model's log-probability of every item, user by user, from plain prompts of the
  /// training history; each user's draws have a generator of their own.
  private static func forEachRanking(
    _ prompted: PromptedLanguageModel, _ train: Histories, _ context: StageContext,
    _ body: (Int, ArraySlice<Float>, inout SeededRandom) throws -> Void
  ) throws {
    let seed = UInt64(context.parameters.integer("seed"))
    let journal = try context.answerJournal("rankings")
    try context.forEachBlock(of: train.userCount) { users in
      let prompts = users.map { prompted.templates.ranking(history: train.items(of: $0)) }
      let keys = prompts.map { "\(prompted.model.identity) \(Digest.sha256("\($0)"))" }
      let open = users.indices.filter { journal[keys[$0 - users.lowerBound]] == nil }
      if !open.isEmpty {
        let scores = prompted.model.itemLogProbabilities(
          open.map { prompts[$0 - users.lowerBound] })
        for (row, user) in open.enumerated() {
          try journal.append(keys[user - users.lowerBound], Array(scores[row: row]))
        }
      }
      for user in users {
        var random = SeededRandom(seed: seed, purpose: "labels-\(user)")
        let scores = journal[keys[user - users.lowerBound]] ?? []
        try body(user, scores[...], &random)
      }
    }
  }
}
