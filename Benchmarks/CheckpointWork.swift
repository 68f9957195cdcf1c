import ArgumentParser
import Foundation
import Foundations
import LanguageModels
import Tensors

/// Our side of Benchmarks/peers/compare_llama.py: one piece of work for every line of stdin, so that both sides
/// can take turns.
struct CheckpointWork: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A pretrained checkpoint's forward passes or LoRA steps, one for every line of stdin."
  )

  enum Work: String, ExpressibleByArgument {
    case forward
    case train
    case write
  }

  @Argument(help: "forward, train, or write: a Hugging Face folder for the other side.") var work:
    Work
  @Option(help: "A Hugging Face folder or a .gguf file.")
  var model = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
  @Option(help: "Threads.") var threads = 2
  @Option(parsing: .upToNextOption, help: "Tokens of the sequences of a batch.")
  var lengths = [256, 256, 256, 256, 256, 256, 256, 256]
  @Option(help: "The folder to write.") var folder = ".build/peers/smollm2"

  func run() async throws {
    BLAS.setThreads(threads)
    let checkpoint = try Checkpoint(at: model)
    switch work {
    case .forward:
      let decoder = try LlamaModel(checkpoint)
      let text = checkpoint.tokenizer.encode(
        String(repeating: "A film about the sea. ", count: 400))
      let sequences = lengths.enumerated().map { Array(text[100 * $0..<100 * $0 + $1]) }
      let turns = Turns()
      while turns.begin() {
        _ = decoder.logits(afterEach: sequences)
        turns.end()
      }
    case .train: try await train(checkpoint)
    case .write:
      try writeHuggingFaceFolder(
        folder, configuration: checkpoint.configuration,
        weights: try LlamaModel(checkpoint).mergedWeights, tokenizerFrom: checkpoint)
    }
  }

  /// Steps of adapters of rank 16 on all seven matrices; every token is a target.
  private func train(_ checkpoint: Checkpoint) async throws {
    let model = try CheckpointLanguageModel(checkpoint, weightsIdentity: "benchmark", titles: [])
    let texts = lengths.map { length in
      var text = TrainingText()
      // A token each, and one that ends the text.
      text.learn(.init([.text(String(repeating: " sea", count: length - 1))]))
      return text
    }
    precondition(texts.map { model.sequence(of: $0).tokens.count } == lengths, "a token a word")
    var random = SeededRandom(seed: 1)
    let steps = 200
    do {
      _ = try await model.trained(
        name: "steps", loop: .init(epochs: 1, patience: 1, higherIsBetter: true),
        recipe: TrainingRecipe(
          batchSize: texts.count, dropout: 0, optimizer: .init(weightDecay: 0.01),
          schedule: .cosine(peak: 1e-4, warmup: 10, total: steps),
          checkpoint: CheckpointTuning(stateInterval: 1)),
        random: &random, monitor: TurnMonitor(), metricName: "",
        texts: { _ in (0..<steps).flatMap { _ in texts } }, validate: { _ in 0 })
    } catch is TurnMonitor.Over {}
  }
}

/// Waits for a line before each piece of work and prints what the piece took.
private final class Turns {
  private var start = (wall: 0.0, cpu: CPUTime(user: 0, system: 0))

  /// Waits; false where there is no line any more.
  func begin() -> Bool {
    guard readLine() != nil else { return false }
    start = (wallSeconds(), CPUTime.now)
    return true
  }

  func end() {
    let (wall, cpu) = (wallSeconds() - start.wall, CPUTime.now - start.cpu)
    let line = #"{"wall":\#(wall),"cpu":\#(cpu.user + cpu.system),"peak":\#(peakMemory())}"#
    // Not `print`, which keeps lines back when nobody reads along.
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}

/// Makes every step but the first, which warms up, a turn.
private final class TurnMonitor: TrainingMonitor {
  struct Over: Error {}

  private let turns = Turns()
  private var isWarm = false

  func restore(_ name: String) -> TrainingState? { nil }

  /// After each step.
  func save(_ state: TrainingState, as name: String) throws {
    if isWarm { turns.end() }
    isWarm = true
    guard turns.begin() else { throw Over() }
  }

  func report(done: Int, total: Int, message: String) {}
}
