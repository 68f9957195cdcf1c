internal import Glibc
public import StageProtocol

/// One executable of the pipeline: reads artifacts, calls a library, writes artifacts.
///
/// A stage's whole main file is a type with `@main`:
///
/// ```swift
/// @main struct Popularity: Stage {
///   static let description = StageDescription(
///     name: "popularity", summary: "Counts how often each item occurs.",
///     inputs: [.init("train", schema: "interactions", "training interactions")],
///     outputs: [.init("model", schema: "backbone-model", "the counts")],
///     parameters: [.integer("minimum", default: 1, "rarer items count 0", minimum: 0)])
///
///   static func run(_ context: StageContext) async throws {
///     let train = try context.input("train")
///     …
///     try context.write(model, to: "model")
///   }
/// }
/// ```
///
/// The command line, `--describe`, `--help`, events, signals and exit codes come with it
/// (`docs/architecture.md`, "The stage protocol").
public protocol Stage {
  /// What the stage reads, writes and can be told.
  static var description: StageDescription { get }

  /// Does the work; must write every output.
  ///
  /// It may wait, for example for a language model's answers; one that never does need not be `async`.
  /// What it throws decides the exit code: a `StageError` its own, a `DataError`, `ArtifactError` or
  /// unreadable file 65 (2 where the request is at fault), anything else 1.
  static func run(_ context: StageContext) async throws
}

extension Stage {
  /// Runs the stage on the process's arguments and exits.
  public static func main() async {
    Interrupts.install()
    let launcher = Launcher<Self>(console: .standard)
    exit(await launcher.run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }
}
