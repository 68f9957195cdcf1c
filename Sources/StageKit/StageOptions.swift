internal import ArgumentParser
internal import StageProtocol

/// How events are printed on standard output.
enum EventFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// Lines for people.
  case plain
  /// One JSON object a line.
  case json
}

/// The command line that all stages share.
struct StageOptions<S: Stage>: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "stage-\(S.description.stage)", abstract: S.description.summary,
      discussion: S.description.manual)
  }

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("A file to read; once for each, see above.", valueName: "name=path"))
  var inputs: [String] = []

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("A file to write; once for each, see above.", valueName: "name=path"))
  var outputs: [String] = []

  @Option(help: ArgumentHelp("Parameters that differ from their defaults.", valueName: "json"))
  var parameters = "{}"

  @Option(
    help: ArgumentHelp(
      "A folder for checkpoints, from which the same command goes on after a kill.",
      valueName: "folder"))
  var scratch: String?

  @Option(
    help: ArgumentHelp(
      "A database in which costly answers of a language model are kept for other stages and days.",
      valueName: "file"))
  var answers: String?

  @Option(help: "How many threads to use.")
  var threads = 1

  @Option(
    help: ArgumentHelp(
      "What the stage may hold; without it what the machine has free.", valueName: "bytes"))
  var memory: Int?

  @Option(help: "How progress is printed on standard output.")
  var events = EventFormat.plain

  @Flag(help: "Print what the stage reads, writes and can be told as JSON, and exit.")
  var describe = false
}

extension StageOptions {
  /// The paths by the inputs' names.
  func inputPaths() throws(ArgumentError) -> [String: [String]] {
    let described = S.description.inputs
    let given = try Self.pairs(inputs, "--input", valid: described.map(\.name))
    for input in described {
      let count = given[input.name]?.count ?? 0
      if count == 0, !input.optional {
        throw .missing(option: "--input", name: input.name, summary: input.summary)
      }
      if count > 1, !input.many { throw .repeated(option: "--input", name: input.name) }
    }
    return given
  }

  /// The path by the outputs' names.
  func outputPaths() throws(ArgumentError) -> [String: String] {
    let described = S.description.outputs
    let given = try Self.pairs(outputs, "--output", valid: described.map(\.name))
    for output in described {
      let count = given[output.name]?.count ?? 0
      if count == 0 {
        throw .missing(option: "--output", name: output.name, summary: output.summary)
      }
      if count > 1 { throw .repeated(option: "--output", name: output.name) }
    }
    return given.compactMapValues(\.first)
  }

  private static func pairs(
    _ arguments: [String], _ option: String, valid: [String]
  ) throws(ArgumentError) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw .malformed(option: option, found: argument) }
      let name = String(parts[0])
      guard valid.contains(name) else {
        throw .unknown(option: option, name: name, valid: valid)
      }
      result[name, default: []].append(String(parts[1]))
    }
    return result
  }
}
