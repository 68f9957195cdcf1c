import Artifacts
import Datasets
import Endpoints
import Foundations
import LanguageModelParts
import LanguageModels
import Prompts
import StageKit
import StageProtocol

@main struct OpenLLM: Stage {
  static let description = StageDescription(
    name: "open-llm",
    summary:
      "Takes a pretrained model for the language model, a checkpoint or one that a server has: says which one, what it "
      + "can do, and how it is asked.",
    inputs: [
      .init("prompts", "the wording of every prompt, such as prompts/chat.txt"),
      .init("catalogue", schema: "catalogue", "titles"),
      .init("train", schema: "interactions", "training interactions, for the scale of ratings"),
      StageContext.checkpointInput,
    ],
    outputs: [
      .init("model", schema: "language-model", "which model it is, wording, titles")
    ],
    parameters: [
      .string("name", default: "checkpoint", "what results call the model"),
      .choice(
        "style", default: EndpointReference.Style.completion,
        "text to go on with, or a conversation"),
      .string("system", default: nil, "chat: the system's words; null for the format's own"),
      .integer("maximumHistory", default: 20, "interactions in a prompt, the latest", minimum: 1),
      .integer(
        "maximumSimilar", default: 10, "the similar user's interactions in a prompt", minimum: 0),
      .integer("maximumHints", default: 10, "the backbone's items in a prompt", minimum: 0),
      .string(
        "url", default: nil,
        "an OpenAI-compatible server up to its version, in the place of a checkpoint"),
      .string("model", default: nil, "what the server calls the model; null for the name"),
      .string(
        "keyVariable", default: nil,
        "the environment variable with the server's key; begins with LLAMA4REC_"),
      .integer("concurrency", default: 8, "requests at once at most", minimum: 1),
      .integer("deadline", default: 120, "seconds for a whole response", minimum: 1),
      .integer("attempts", default: 6, "how often a request is sent at most", minimum: 1),
    ])

  static func run(_ context: StageContext) throws {
    let train = try Histories(artifact: context.input("train"))
    let titles = try Entities(artifact: context.input("catalogue")).titles
    let templates = try context.promptTemplates(ratings: train.ratings)
    let files = context.paths(ofInput: StageContext.checkpointInput.name)
    var artifact: Artifact
    switch (context.parameters.optionalString("url"), files.isEmpty) {
    case (let url?, true): artifact = try served(at: url, titles, context).artifact()
    case (nil, false): artifact = try checkpoint(files, titles, context).artifact()
    default:
      throw StageFailure(
        "found \(files.isEmpty ? "neither a checkpoint nor" : "both a checkpoint and") a server's url, expected "
          + "one of them", exitCode: .usage)
    }
    try artifact.set(templates: templates)
    try context.write(artifact, to: "model")
  }

  private static func checkpoint(
    _ files: [String], _ titles: [String], _ context: StageContext
  ) throws -> CheckpointReference {
    let parameters = context.parameters
    let checkpoint = try CheckpointReference.checkpoint(files)
    let isChat = parameters.choice("style", as: EndpointReference.Style.self) == .chat
    if isChat, checkpoint.chatFormat.kind == .plain {
      context.log(
        checkpoint.chatFormat.notice
          ?? "the checkpoint has no chat format; prompts are plain text", level: .warning)
    }
    let reference = try CheckpointReference(
      name: parameters.string("name"), files: files,
      style: isChat ? .chat(system: parameters.optionalString("system")) : .completion,
      titles: titles)
    context.log("\(reference.name): \(checkpoint.summary), \(checkpoint.path)", level: .notice)
    return reference
  }

  private static func served(
    at url: String, _ titles: [String], _ context: StageContext
  ) throws -> EndpointReference {
    let parameters = context.parameters
    let name = parameters.string("name")
    let asked = EndpointReference(
      name: name, url: url, model: parameters.optionalString("model") ?? name,
      keyVariable: parameters.optionalString("keyVariable") ?? "",
      style: parameters.choice("style"), system: parameters.optionalString("system") ?? "",
      titles: titles, concurrency: parameters.integer("concurrency"),
      deadline: Double(parameters.integer("deadline")), attempts: parameters.integer("attempts"))
    let reference = try asked.probed(context.connection(to: asked)) {
      try context.checkInterrupted()
    }
    context.log(
      "\(name): \(reference.model) at \(url) tells the \(reference.topLogProbabilities) likeliest tokens",
      level: .notice)
    return reference
  }
}
