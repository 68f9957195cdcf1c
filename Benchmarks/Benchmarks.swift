import Datasets
import Foundation
import LanguageModels
import Prompts
import Recommenders
import Tensors

/// Times the parts that a run spends its time in, one JSON object a line.
///
/// The data is generated in the size of MovieLens 100K, so that it runs anywhere. Every figure is the
/// median of several repetitions after a warm-up; the object names CPU kernel, threads and repetitions.
@main enum Benchmarks {
  static let repetitions = 5

  static func main() throws {
    BLAS.setThreads(1)
    let raw = generateDemo(.movielens100kSized(scale: 1))
    let split = leaveOneOut(raw)
    let features = FeatureTable(
      users: split.users, items: split.catalogue, train: split.train)
    for backbone in [BackboneName.mf, .sasrec, .deepfm] {
      try timeEpochs(backbone, split: split, features: features)
    }
    try timeLanguageModel(split)
  }

  /// Seconds an epoch: the difference between a longer and a shorter training, without validation cost.
  private static func timeEpochs(
    _ backbone: BackboneName, split: Split, features: FeatureTable
  ) throws {
    var data = TrainingData(train: split.train, validation: split.validation)
    if backbone.task == .rating {
      data.features = features
      data.questions = split.test.items
    }
    func seconds(epochs: Int) throws -> Double {
      var configuration = BackboneConfiguration.defaults(for: backbone)
      configuration.epochs = epochs
      configuration.validationInterval = epochs
      let start = now()
      _ = try trainBackbone(
        backbone, data: data, configuration: configuration, candidates: 10, foldPositions: 0,
        seed: 1, monitor: SilentMonitor())
      return now() - start
    }
    let extra = backbone == .mf ? 20 : 2
    _ = try seconds(epochs: 1)
    let times = try (0..<repetitions).map { _ in
      (try seconds(epochs: 1 + extra) - seconds(epochs: 1)) / Double(extra)
    }
    report("\(backbone.rawValue).epoch", unit: "s", times)
  }

  /// Tokens a second of pretraining and of scoring, with the default shape.
  private static func timeLanguageModel(_ split: Split) throws {
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
      let start = now()
      _ = trainer.epoch(sequences, random: &random)
      return tokens / (now() - start)
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
      let start = now()
      try body()
      return tokens / (now() - start)
    }
  }

  private static func now() -> Double { ProcessInfo.processInfo.systemUptime }

  private static func report(_ name: String, unit: String, _ values: [Double]) {
    let sorted = values.sorted()
    func text(_ value: Double) -> String { String(format: "%.6g", value) }
    print(
      #"{"name":"\#(name)","unit":"\#(unit)","median":\#(text(sorted[sorted.count / 2])),"#
        + #""minimum":\#(text(sorted[0])),"maximum":\#(text(sorted[sorted.count - 1])),"#
        + #""repetitions":\#(repetitions),"threads":1,"blas":"\#(BLAS.identity)"}"#)
  }
}
