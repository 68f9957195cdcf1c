import Datasets
import Foundations
import LanguageModels
import Prompts
import Tensors

extension Overview {
  /// Tokens a second of pretraining and of scoring, with the default shape.
  static func timeLanguageModel(_ split: Split) throws {
    let templates = PromptTemplates(
      ratingScale: PromptTemplates.ratingScale(of: split.train.ratings))
    let tokenizer = Tokenizer(catalogue: split.catalogue, templates: templates, merges: 512)
    let model = LlamaModel(
      configuration: LlamaConfiguration(vocabularySize: tokenizer.vocabularySize), seed: 1)
    model.compose(from: tokenizer.composition(of: split.catalogue))
    let corpus = PretrainingCorpus(
      templates: templates, tokenizer: tokenizer, catalogue: split.catalogue, train: split.train,
      window: 62, includesRatings: false)
    var random = SeededRandom(seed: 1)
    let sequences = Array(corpus.historyWindows(using: &random).prefix(640))
    let tokens = Double(sequences.reduce(0) { $0 + $1.tokens.count })
    let trainer = LlamaTrainer(
      model: model,
      configuration: .init(
        optimizer: .init(), schedule: .linear(peak: 1e-3, warmup: 10, total: 10_000)))
    _ = trainer.epoch(sequences, random: &random)
    let training = (0..<repetitions).map { _ in
      let start = wallSeconds()
      _ = trainer.epoch(sequences, random: &random)
      return tokens / (wallSeconds() - start)
    }
    report("language-model.training", unit: "tokens/s", training)

    let scorer = EmbeddedLanguageModel(model: model, tokenizer: tokenizer, identity: "benchmark")
    let users = 0..<min(500, split.train.userCount)
    let prompts = users.map { templates.ranking(history: split.train.items(of: $0)) }
    let promptTokens = Double(prompts.reduce(0) { $0 + tokenizer.encode($1).count + 1 })
    let listwise = prompts.map { prompt in
      ScoringQuery(
        prompt: prompt, branches: [.init(answers: (0..<50).map { Prompt([.item($0)]) })])
    }
    report(
      "language-model.scoring.listwise", unit: "tokens/s",
      try rates(of: promptTokens) { _ = try scorer.score(listwise) })
    let pointwise = prompts.map { prompt in
      ScoringQuery(
        prompt: prompt,
        branches: (0..<50).map {
          .init(context: templates.candidateQuestion($0), answers: PromptTemplates.yesNo)
        })
    }
    let question = Double(tokenizer.encode(templates.candidateQuestion(0)).count * 50 * users.count)
    report(
      "language-model.scoring.pointwise", unit: "tokens/s",
      try rates(of: promptTokens + question) { _ = try scorer.score(pointwise) })
  }

  private static func rates(of tokens: Double, _ body: () throws -> Void) throws -> [Double] {
    try body()
    return try (0..<repetitions).map { _ in
      let start = wallSeconds()
      try body()
      return tokens / (wallSeconds() - start)
    }
  }
}
