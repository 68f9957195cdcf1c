public import Foundations

/// One call of a stage; `words` is what the stage's command line parses.
public struct StageInvocation: Sendable, Equatable {
  /// Paths by input name, in the order they are passed.
  public var inputs: [(name: String, path: String)]
  /// Paths by output name.
  public var outputs: [(name: String, path: String)]
  /// A JSON object.
  public var parameters: JSONValue
  /// The folder for what must survive a kill.
  public var scratch: String
  /// The database of a language model's answers; shared by all stages of a store.
  public var answers: String
  public var threads: Int
  /// Bytes that the stage may hold; nil leaves it what the machine has free.
  public var memory: Int?

  public init(
    inputs: [(name: String, path: String)], outputs: [(name: String, path: String)],
    parameters: JSONValue, scratch: String, answers: String, threads: Int, memory: Int? = nil
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
    self.scratch = scratch
    self.answers = answers
    self.threads = threads
    self.memory = memory
  }

  /// The words after the executable, with events for a program to read.
  public var words: [String] {
    inputs.flatMap { ["--input", "\($0.name)=\($0.path)"] }
      + outputs.flatMap { ["--output", "\($0.name)=\($0.path)"] }
      + [
        "--parameters", parameters.canonical, "--scratch", scratch, "--answers", answers,
        "--threads", "\(threads)", "--events", "json",
      ] + (memory.map { ["--memory", "\($0)"] } ?? [])
  }

  public static func == (one: Self, other: Self) -> Bool { one.words == other.words }
}
