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
import StageProtocol

@main struct ShowPrompt: Stage {
  static let description = StageDescription(
    name: "show-prompt",
    summary: "Writes the prompt about one user as the language model reads it at test.",
    inputs: [
      .init("model", schema: "language-model", "the tuned model"),
      StageContext.checkpointInput,
      .init("catalogue", schema: "catalogue", "titles"),
      .init("users", schema: "users", "the users' ids"),
      .init("train", schema: "interactions", "training interactions"),
      .init("validation", schema: "validation", "known at test to the sequential task"),
      .init("predictions", schema: "predictions", "the backbone's: what an augmented prompt tells"),
      .init("questions", schema: "questions", "rating: the items asked at test", optional: true),
    ],
    outputs: [.init("prompt", file: "prompt.txt", "the prompt")],
    parameters: [
      .string("user", default: "", "the user's id in the input files"),
      .boolean(
        "augmented", default: false, "whether it has the similar user and the backbone's hint"),
    ])

  static func run(_ context: StageContext) throws {
    let train = try Histories(artifact: context.input("train"))
    let validation = try ValidationTargets(artifact: context.input("validation")).targets
    let predictions = try Predictions(artifact: context.input("predictions"), of: train)
    let titles = try Entities(artifact: context.input("catalogue")).titles
    let user = try row(of: context.parameters.string("user"), context)
    let prompted = try context.languageModel("model")
    let writer = PromptWriter(
      templates: prompted.templates, train: train, userEmbeddings: predictions.userEmbeddings)
    let isAugmented = context.parameters.boolean("augmented")
    let prompt: Prompt
    if predictions.task == .rating {
      guard context.hasInput("questions") else {
        throw StageFailure(
          "rating predictions need the input questions: which item is asked at test",
          exitCode: .usage)
      }
      let item = try RatingQuestions(artifact: context.input("questions")).items[user]
      guard item >= 0 else {
        throw StageFailure(
          "\(context.path(ofInput: "questions")): found no item asked of user "
            + "\(context.parameters.string("user")) at test, expected one; three interactions are needed",
          exitCode: .badData)
      }
      prompt = writer.rating(
        user: user, positions: train.range(of: user), item: item,
        estimate: isAugmented ? predictions.testRatings[user] : nil)
    } else {
      let scoring = CandidateScoring(
        model: prompted.model, writer: writer, validation: validation, task: predictions.task)
      let length = predictions.candidates
      let listed = predictions.testItems[user * length..<(user + 1) * length].filter { $0 >= 0 }
      prompt = writer.ranking(
        user: user, history: scoring.history(of: user, at: .test),
        hints: isAugmented ? Array(listed) : nil)
    }
    try Files.writeAtomically(
      prompted.model.text(of: prompt, titles: titles) + "\n", to: context.outputPath("prompt"))
  }

  private static func row(of user: String, _ context: StageContext) throws -> Int {
    let ids = try Entities(artifact: context.input("users")).ids
    if let row = ids.firstIndex(of: user) { return row }
    let guess = Suggestion.nearest(to: user, among: ids).map { "; did you mean \($0)?" } ?? ""
    throw StageFailure(
      "user \(user): found no such user among \(ids.count), expected an id of the input files\(guess)",
      exitCode: .badData)
  }
}
