import Datasets
import Foundations
import LanguageModelParts
import LanguageModels
import Prompts
import StageKit
import StageProtocol

@main struct OpenLLM: Stage {
  /// How a model is asked.
  enum Style: String, CaseIterable {
    case completion, chat
  }

  static let description = StageDescription(
    name: "open-llm",
    summary:
      "Takes a pretrained Llama for the language model: says which one, and how it is asked.",
    inputs: [
      .init("prompts", "the wording of every prompt, such as prompts/chat.txt"),
      .init("catalogue", schema: "catalogue", "titles"),
      .init("train", schema: "interactions", "training interactions, for the scale of ratings"),
      StageContext.checkpointInput,
    ],
    outputs: [.init("model", schema: "language-model", "the checkpoint's digest, wording, titles")],
    parameters: [
      .string("name", default: "checkpoint", "what results call the model"),
      .choice("style", default: Style.completion, "text to go on with, or a conversation"),
      .string("system", default: nil, "chat: the system's words; null for the format's own"),
      .integer("maximumHistory", default: 20, "interactions in a prompt, the latest", minimum: 1),
      .integer(
        "maximumSimilar", default: 10, "the similar user's interactions in a prompt", minimum: 0),
      .integer("maximumHints", default: 10, "the backbone's items in a prompt", minimum: 0),
    ])

  static func run(_ context: StageContext) throws {
    let parameters = context.parameters
    let files = context.paths(ofInput: StageContext.checkpointInput.name)
    let checkpoint = try CheckpointReference.checkpoint(files)
    let style: Style = parameters.choice("style")
    if style == .chat, checkpoint.chatFormat.kind == .plain {
      context.log(
        checkpoint.chatFormat.notice
          ?? "the checkpoint has no chat format; prompts are plain text", level: .warning)
    }
    let train = try Histories(artifact: context.input("train"))
    let reference = try CheckpointReference(
      name: parameters.string("name"), files: files,
      style: style == .chat ? .chat(system: parameters.optionalString("system")) : .completion,
      titles: Entities(artifact: context.input("catalogue")).titles)
    let templates = PromptTemplates(
      wording: try Wording(contentsOf: context.path(ofInput: "prompts")),
      ratingScale: PromptTemplates.ratingScale(of: train.ratings),
      maximumHistory: parameters.integer("maximumHistory"),
      maximumSimilar: parameters.integer("maximumSimilar"),
      maximumHints: parameters.integer("maximumHints"))
    context.log("\(reference.name): \(checkpoint.summary), \(checkpoint.path)", level: .notice)
    var artifact = reference.artifact()
    try artifact.set(templates: templates)
    try context.write(artifact, to: "model")
  }
}
