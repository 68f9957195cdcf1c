import Datasets
import Foundations
import LanguageModels
import Prompts
import Tensors

extension Overview {
  /// Tokens a second of pretraining and of scoring, with the default shape.
  static func timeLanguageModel(_ split: Split) async throws {
    let templates = PromptTemplates(
      wording: try Wording(contentsOf: "prompts/english.txt"),
      ratingScale: PromptTemplates.ratingScale(of: split.train.ratings))
    let vocabulary = TitleVocabulary(catalogue: split.catalogue, templates: templates)
    let tokenizer = CatalogueTokenizer(
      training: vocabulary.texts, merges: 512, words: vocabulary.words,
      titleCount: split.catalogue.count)
    let corpus = PretrainingCorpus(
      templates: templates, catalogue: split.catalogue, train: split.train, window: 62,
      includesRatings: false)
    var random = SeededRandom(seed: 1)
    let texts = Array(corpus.historyWindows(using: &random).prefix(640))
    let tokens = Double(texts.reduce(0) { $0 + tokenizer.encode(Prompt($1.segments)).count + 1 })
    var start = 0.0
    var training: [Double] = []
    let (scorer, _) = try await makeTitleLlama(vocabulary, merges: 512, seed: 1) {
      LlamaConfiguration(vocabularySize: $0)
    }.trained(
      name: "benchmark",
      loop: EarlyStoppingTrainer(
        epochs: repetitions + 1, patience: repetitions + 1, higherIsBetter: true),
      recipe: TrainingRecipe(
        optimizer: .init(), schedule: .linear(peak: 1e-3, warmup: 10, total: 10_000)),
      random: &random, monitor: SilentMonitor(), metricName: ""
    ) { _ in
      start = wallSeconds()
      return texts
    } validate: { _ in
      training.append(tokens / (wallSeconds() - start))
      return 0
    }
    // The first epoch warms up.
    report("language-model.training", unit: "tokens/s", Array(training.dropFirst()))

    let users = 0..<min(500, split.train.userCount)
    let prompts = users.map { templates.ranking(history: split.train.items(of: $0)) }
    let promptTokens = Double(prompts.reduce(0) { $0 + tokenizer.encode($1).count + 1 })
    let listwise = prompts.map { prompt in
      ScoringQuery(
        prompt: prompt, branches: [.init(answers: (0..<50).map { Prompt([.item($0)]) })])
    }
    report(
      "language-model.scoring.listwise", unit: "tokens/s",
      try await rates(of: promptTokens) { _ = try await scorer.score(listwise) })
    let pointwise = prompts.map { prompt in
      ScoringQuery(
        prompt: prompt,
        branches: (0..<50).map {
          .init(context: templates.candidateQuestion($0), answers: templates.yesNo)
        })
    }
    let question = Double(tokenizer.encode(templates.candidateQuestion(0)).count * 50 * users.count)
    report(
      "language-model.scoring.pointwise", unit: "tokens/s",
      try await rates(of: promptTokens + question) { _ = try await scorer.score(pointwise) })
  }

  private static func rates(
    of tokens: Double, _ body: () async throws -> Void
  ) async throws -> [Double] {
    try await body()
    var rates: [Double] = []
    for _ in 0..<repetitions {
      let start = wallSeconds()
      try await body()
      rates.append(tokens / (wallSeconds() - start))
    }
    return rates
  }
}
