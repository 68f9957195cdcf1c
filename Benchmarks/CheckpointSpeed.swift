import ArgumentParser
import Datasets
import LanguageModels
import Prompts
import Tensors

/// Tokens a second of a pretrained checkpoint, and what sharing computation saves when it scores candidates.
struct CheckpointSpeed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A pretrained checkpoint: forward passes, and 50 candidates after 20 titles.")

  @Option(help: "A Hugging Face folder or a .gguf file; scripts/fetch-smollm2.sh fetches this one.")
  var model = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
  @Option(help: "BLAS threads.") var threads = 2
  @Option(help: "Measurements.") var repetitions = 5
  @OptionGroup var data: DataOptions

  func run() async throws {
    BLAS.setThreads(threads)
    let checkpoint = try Checkpoint(at: model)
    try timeForward(checkpoint)
    try await timeScoring(checkpoint)
  }

  /// 8 sequences of 256 tokens; of each the last token's logits.
  private func timeForward(_ checkpoint: Checkpoint) throws {
    let decoder = try LlamaModel(checkpoint)
    let text = checkpoint.tokenizer.encode(String(repeating: "A film about the sea. ", count: 400))
    let sequences = (0..<8).map { Array(text[(100 * $0)..<(100 * $0 + 256)]) }
    _ = decoder.logits(afterEach: sequences)
    var (wall, cpu): ([Double], [Double]) = ([], [])
    for _ in 0..<repetitions {
      let (start, used) = (wallSeconds(), CPUTime.now)
      _ = decoder.logits(afterEach: sequences)
      let time = CPUTime.now - used
      wall.append(8 * 256 / (wallSeconds() - start))
      cpu.append(8 * 256 / (time.user + time.system))
    }
    report("checkpoint.forward.8x256", unit: "tokens/s", threads: threads, wall)
    report("checkpoint.forward.8x256", unit: "tokens/CPU-s", threads: threads, cpu)
  }

  /// One user's 50 candidates at a time: together, and each in a query of its own.
  private func timeScoring(_ checkpoint: Checkpoint) async throws {
    let split = try data.load()
    let scorer = try CheckpointLanguageModel(
      checkpoint, weightsIdentity: "benchmark", titles: split.catalogue.titles)
    let templates = PromptTemplates(
      wording: try Wording(contentsOf: "prompts/english.txt"), ratingScale: [], maximumHistory: 20)
    let users = (0..<split.train.userCount).filter { split.train.items(of: $0).count >= 20 }
    func query(_ user: Int, _ candidates: Range<Int>) -> ScoringQuery {
      let count = split.catalogue.count
      return ScoringQuery(
        prompt: templates.ranking(history: split.train.items(of: user)),
        branches: [
          .init(answers: candidates.map { Prompt([.item(Int32((37 * user + 11 * $0) % count))]) })
        ])
    }
    func seconds(_ queries: [ScoringQuery]) async throws -> Double {
      let start = wallSeconds()
      _ = try await scorer.score(queries)
      return wallSeconds() - start
    }
    func ranking(_ user: Int) async throws -> Double {
      let start = wallSeconds()
      _ = try await scorer.rank(
        [CatalogueQuery(prompt: templates.ranking(history: split.train.items(of: user)))],
        count: 20)
      return wallSeconds() - start
    }
    var (together, apart, catalogue): ([Double], [Double], [Double]) = ([], [], [])
    for user in users.prefix(repetitions) {
      together.append(try await seconds([query(user, 0..<50)]))
      // A tenth of the candidates, because the prompt is computed again for each.
      apart.append(10 * (try await seconds((0..<5).map { query(user, $0..<$0 + 1) })))
      catalogue.append(try await ranking(user))
    }
    report("checkpoint.score-50.together", unit: "s/user", threads: threads, together)
    report("checkpoint.score-50.apart", unit: "s/user", threads: threads, apart)
    report("checkpoint.rank-catalogue-20", unit: "s/user", threads: threads, catalogue)
  }
}
