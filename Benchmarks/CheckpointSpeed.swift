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
  @Option(help: "Threads.") var threads = 2
  @Option(help: "Measurements.") var repetitions = 5
  @Option(help: "Users whose candidates are scored at a time.") var users = 4
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
    let chosen = (0..<split.train.userCount).filter { split.train.items(of: $0).count >= 20 }
    func query(_ user: Int, _ candidates: Range<Int>) -> ScoringQuery {
      let count = split.catalogue.count
      return ScoringQuery(
        prompt: templates.ranking(history: split.train.items(of: user)),
        branches: [
          .init(answers: candidates.map { Prompt([.item(Int32((37 * user + 11 * $0) % count))]) })
        ])
    }
    /// Seconds a user, by the clock and of CPU time.
    func seconds(
      _ users: ArraySlice<Int>, share: Double = 1, _ work: (ArraySlice<Int>) async throws -> Void
    ) async throws -> (wall: Double, cpu: Double) {
      let (start, used) = (wallSeconds(), CPUTime.now)
      try await work(users)
      let (wall, cpu) = (wallSeconds() - start, CPUTime.now - used)
      let count = Double(users.count) * share
      return (wall / count, (cpu.user + cpu.system) / count)
    }
    var (together, apart, catalogue): ([(Double, Double)], [(Double, Double)], [(Double, Double)])
    (together, apart, catalogue) = ([], [], [])
    for start in stride(from: 0, to: min(users * repetitions, chosen.count), by: users) {
      let batch = chosen[start..<min(start + users, chosen.count)]
      together.append(
        try await seconds(batch) { _ = try await scorer.score($0.map { query($0, 0..<50) }) })
      // A tenth of the candidates, because the prompt is computed again for each.
      apart.append(
        try await seconds(batch, share: 0.1) { users in
          _ = try await scorer.score(
            users.flatMap { user in (0..<5).map { query(user, 10 * $0..<10 * $0 + 1) } })
        })
      catalogue.append(
        try await seconds(batch) { users in
          _ = try await scorer.rank(
            users.map {
              CatalogueQuery(prompt: templates.ranking(history: split.train.items(of: $0)))
            }, count: 20)
        })
    }
    func write(_ name: String, _ seconds: [(wall: Double, cpu: Double)]) {
      report("checkpoint.\(name)", unit: "s/user", threads: threads, seconds.map(\.wall))
      report("checkpoint.\(name)", unit: "CPU-s/user", threads: threads, seconds.map(\.cpu))
    }
    write("score-50.together", together)
    write("score-50.apart", apart)
    write("rank-catalogue-20", catalogue)
  }
}
