import AnswerStore
import ArgumentParser
import Foundations
import Pipeline
import StageProtocol

/// `llama4rec answers`: the language models' kept answers.
struct AnswersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answers", abstract: "Looks after the kept answers of language models.",
    subcommands: [AnswersListCommand.self, AnswersStatsCommand.self, AnswersPruneCommand.self])
}

extension StoreArguments {
  /// The store of answers, and nil where none was kept yet.
  fileprivate func answerStore() throws -> AnswerStore? {
    let path = try store().answersPath
    return Files.exists(path) ? try AnswerStore(path) : nil
  }
}

/// `llama4rec answers ls`.
struct AnswersListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "Lists the models whose answers are kept.")

  @OptionGroup var arguments: StoreArguments

  func run() throws {
    let shelves = try arguments.answerStore()?.shelves() ?? []
    let table = TextTable(
      titles: ["model", "identity", "answers", "numbers", "oldest", "last of use"],
      rows: shelves.map { shelf in
        [
          shelf.name, "\(shelf.identity.prefix(12))", "\(shelf.answers)", Format.bytes(shelf.bytes),
          Self.age(shelf.oldest), Self.age(shelf.unused),
        ]
      }, rightAligned: [2, 3])
    try say(table.plain)
  }

  private static func age(_ days: Int) -> String {
    switch days {
    case ...0: "today"
    case 1: "yesterday"
    default: "\(days) days ago"
    }
  }
}

/// `llama4rec answers stats`.
struct AnswersStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Says how much is kept, and reads all of it to look for damage.")

  @OptionGroup var arguments: StoreArguments

  func run() throws {
    guard let store = try arguments.answerStore() else { return try say("no answers are kept") }
    let shelves = try store.shelves()
    try say(
      "\(shelves.reduce(0) { $0 + $1.answers }) answers of \(shelves.count) models in \(store.path), "
        + Format.bytes(try store.size()))
    let damages = try store.damages()
    guard damages.isEmpty else {
      try say(damages.joined(separator: "\n"))
      throw ArgumentParser.ExitCode(StageProtocol.ExitCode.failed.rawValue)
    }
    try say("the database is sound")
  }
}

/// `llama4rec answers prune`.
struct AnswersPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Drops kept answers; they are asked for again when needed.")

  @OptionGroup var arguments: StoreArguments

  @Option(help: "Those that were of no use for this many days.")
  var unused: Int?

  @Option(help: "Those of a model, by its name or the beginning of its identity.")
  var model: String?

  @Flag(help: "Say how many would go, and drop none.")
  var dryRun = false

  func validate() throws {
    if let unused, unused < 0 { throw ValidationError("--unused \(unused): expected at least 0") }
    if unused == nil, model == nil {
      throw ValidationError("found nothing to choose by, expected --unused DAYS or --model NAME")
    }
  }

  func run() throws {
    let lock = try RunLock(arguments.store(), profile: "(answers)")
    defer { withExtendedLifetime(lock) {} }
    let count =
      try arguments.answerStore()?.prune(unusedFor: unused, model: model, isRehearsal: dryRun) ?? 0
    try say("\(dryRun ? "would drop" : "dropped") \(count) answers")
  }
}
