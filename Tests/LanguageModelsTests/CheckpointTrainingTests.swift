import Artifacts
import Foundation
import Foundations
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A checkpoint that learns: adapters, or all of its parameters.
@Suite struct CheckpointTrainingTests {
  private static let titles = [
    "Heat", "Heat 2", "Alien", "Aliens", "Fargo", "The Third Man", "The Thin Man", "Up",
  ]

  /// How a small model is trained.
  private struct Plan {
    var adapters: AdapterOptions? = AdapterOptions(rank: 2, alpha: 4)
    var epochs = 2
    var rate: Float = 0.02
    var dropout: Float = 0.2
    /// At 0 the first moment is the gradient.
    var beta1: Float = 0
    var batchSize = 5
    var learnsEveryTitle = false
    var activationBytes = 1 << 30
    var texts = CheckpointTrainingTests.histories()
  }

  /// The planted rule: title i is followed by title i + 1, in a circle.
  private static func histories(_ count: Int = 24) -> [TrainingText] {
    (0..<count).map { start in
      var text = TrainingText()
      text.read(.text("history:") + .items(Int32(start % 8)))
      text.learn(.items(Int32((start + 1) % 8)))
      return text
    }
  }

  private static func model(style: CheckpointLanguageModel.Style = .completion) throws
    -> CheckpointLanguageModel
  {
    try withFolder {
      try CheckpointLanguageModel(
        tinyCheckpoint(in: $0), weightsIdentity: "tiny", titles: titles, style: style)
    }
  }

  private static func train(
    _ model: CheckpointLanguageModel, _ plan: Plan, _ monitor: MemoryMonitor = MemoryMonitor()
  ) async throws -> (model: CheckpointLanguageModel, curve: [CurvePoint]) {
    var random = SeededRandom(seed: 5)
    return try await model.trained(
      name: "tiny",
      loop: EarlyStoppingTrainer(epochs: plan.epochs, patience: 90, higherIsBetter: true),
      recipe: TrainingRecipe(
        batchSize: plan.batchSize, dropout: plan.dropout, optimizer: .init(beta1: plan.beta1),
        gradientClip: .infinity, schedule: .cosine(peak: plan.rate, warmup: 0, total: 1_000),
        checkpoint: CheckpointTuning(
          adapters: plan.adapters, learnsEveryTitle: plan.learnsEveryTitle, stateInterval: 2,
          activationBytes: plan.activationBytes)),
      random: &random, monitor: monitor, metricName: "epoch", texts: { _ in plan.texts },
      validate: { tuned in
        // The weights so far, not those at the end.
        Float(try await tuned.score([Self.question(0)])[0][0][1])
      })
  }

  private static func question(_ item: Int32) -> ScoringQuery {
    ScoringQuery(
      prompt: .text("history:") + .items(item),
      branches: [.init(answers: titles.indices.map { .items(Int32($0)) })])
  }

  private static func weights(_ model: CheckpointLanguageModel) throws -> [String: [Float]] {
    let artifact = try model.artifact()
    return try Dictionary(
      uniqueKeysWithValues: artifact.columnNames.filter { $0 != "titles" }
        .map { ($0, try artifact.floats($0)) })
  }

  @Test(arguments: [true, false])
  func `a planted rule is learned, and the model that was there stays as it is`(
    hasAdapters: Bool
  ) async throws {
    let model = try Self.model()
    let before = try await model.score((0..<8).map(Self.question))
    var plan = Plan(epochs: 90)
    plan.dropout = 0
    plan.adapters = hasAdapters ? AdapterOptions(rank: 8, alpha: 8) : nil
    plan.rate = hasAdapters ? 0.01 : 0.005
    plan.beta1 = 0.9
    let (tuned, curve) = try await Self.train(model, plan)
    #expect(curve.count == 90)
    #expect((curve.last?.loss ?? 9) < 0.4 * curve[0].loss)
    #expect(curve.map(\.validation).max() == (try await tuned.score([Self.question(0)])[0][0][1]))
    let scores = try await tuned.score((0..<8).map(Self.question)).map { $0[0] }
    let right = scores.enumerated().count { $1.max() == $1[($0 + 1) % 8] }
    // Chance is right once.
    #expect(right >= 6)
    #expect(try await model.score((0..<8).map(Self.question)) == before)
    #expect(tuned.identity != model.identity)
    #expect(try Self.weights(model).isEmpty)
  }

  @Test(arguments: [false, true])
  func `what is learned is what is scored`(isChat: Bool) async throws {
    let model = try Self.model(style: isChat ? .chat(system: nil) : .completion)
    let answers: [Prompt] = [.items(3), .text(" 3.5")]
    let checkpoint = try withFolder { try tinyCheckpoint(in: $0) }
    for (answer, other) in zip(answers, [Prompt.items(1), .text(" 3.5 stars")]) {
      var text = TrainingText()
      text.read(.text(" history:") + .items(4, 2))
      text.learn(answer)
      var plan = Plan(epochs: 1, rate: 0)
      plan.dropout = 0
      plan.texts = [text]
      let (_, curve) = try await Self.train(model, plan)
      // An answer that another one goes on from ends as it does in training.
      let score = try await model.score([
        ScoringQuery(
          prompt: .text(" history:") + .items(4, 2), branches: [.init(answers: [answer, other])])
      ])[0][0][0]
      let isItem = answer == answers[0]
      let words =
        isChat
        ? (isItem ? "\"Aliens\"" : "3.5") + "<|im_end|>" : (isItem ? " \"Aliens\"," : " 3.5 \"")
      let tokens = checkpoint.tokenizer.encode(markup: words).count
      #expect(abs(curve[0].loss * Float(tokens) + score) < 1e-3, "\(words)")
    }
  }

  @Test func `every title of the history is a target where that is asked for`() async throws {
    let model = try Self.model()
    let checkpoint = try withFolder { try tinyCheckpoint(in: $0) }
    let decoder = try LlamaModel(checkpoint)
    var text = TrainingText()
    text.read(.text("history:") + .items(4, 2) + .text(" next:") + .items(0))
    text.learn(.text(" yes"))
    var plan = Plan(epochs: 1, rate: 0)
    plan.dropout = 0
    plan.texts = [text]
    let parts: [(words: String, isTitle: Bool)] = [
      ("history:", false), (" \"Fargo\", \"Alien\"", true), (" next:", false), (" \"Heat\"", true),
      (" yes \"", false),
    ]
    let tokens = parts.map { checkpoint.tokenizer.encode($0.words) }
    #expect(
      tokens.flatMap { $0 } == checkpoint.tokenizer.encode(parts.map(\.words).joined()))
    var logits = decoder.logits(after: tokens.flatMap { $0 })
    logits.logSoftmaxRows()
    for learnsEveryTitle in [false, true] {
      plan.learnsEveryTitle = learnsEveryTitle
      var (sum, count, place): (Float, Int, Int) = (0, 0, 0)
      for (part, tokens) in zip(parts, tokens) {
        for token in tokens {
          if part.words == " yes \"" || (part.isTitle && learnsEveryTitle) {
            sum -= logits[place - 1, Int(token)]
            count += 1
          }
          place += 1
        }
      }
      let loss = try await Self.train(model, plan).curve[0].loss
      #expect(abs(loss - sum / Float(count)) < 1e-4)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5], [true, false])
  func `a training that was killed within an epoch ends with the same bits`(
    saves: Int, hasAdapters: Bool
  ) async throws {
    let model = try Self.model()
    var plan = Plan()
    if !hasAdapters { plan.adapters = nil }
    let straight = try await Self.train(model, plan)
    // Five steps an epoch, a state after two and four of them and at the end of the epoch.
    let monitor = MemoryMonitor(killAfter: saves)
    await #expect(throws: MemoryMonitor.Killed()) { try await Self.train(model, plan, monitor) }
    let resumed = try await Self.train(model, plan, monitor)
    #expect(monitor.parts == 10)
    #expect(resumed.curve == straight.curve)
    #expect(try Self.weights(resumed.model) == Self.weights(straight.model))
    #expect(resumed.model.identity == straight.model.identity)
  }

  @Test(arguments: [true, false])
  func `activations that are computed again change no bit`(hasAdapters: Bool) async throws {
    let model = try Self.model()
    var plan = Plan(epochs: 1)
    if !hasAdapters { plan.adapters = nil }
    let kept = try await Self.train(model, plan)
    plan.activationBytes = 0
    let again = try await Self.train(model, plan)
    #expect(kept.curve == again.curve)
    #expect(try Self.weights(kept.model) == Self.weights(again.model))
  }

  @Test func `the number of threads changes no bit, of training, scores or lists`() async {
    await #expect(processExitsWith: .success) {
      typealias Tests = CheckpointTrainingTests
      let model = try Tests.model()
      var plan = Plan(epochs: 1, batchSize: 200)
      plan.texts = Tests.histories(400)
      func run(_ threads: Int) async throws -> ([String: [Float]], [[[Float]]], [RankedItems]) {
        BLAS.setThreads(threads)
        let tuned = try await Tests.train(model, plan).model
        let queries = (0..<8).map { CatalogueQuery(prompt: Tests.question($0).prompt) }
        return (
          try Tests.weights(tuned), try await tuned.score((0..<8).map(Tests.question)),
          try await tuned.rank(queries, count: 3)
        )
      }
      let (one, two) = (try await run(1), try await run(2))
      precondition(one.0 == two.0 && one.1 == two.1 && one.2 == two.2)
      precondition(one.0.values.contains { $0.contains { $0 != 0 } })
    }
  }

  /// The gradients of one step are those of the trainer that keeps all in one piece.
  @Test(arguments: [true, false])
  func `a step in chunks has the gradients of the whole batch`(hasAdapters: Bool) async throws {
    let checkpoint = try withFolder { try tinyCheckpoint(in: $0) }
    let model = try Self.model()
    var plan = Plan(epochs: 1, rate: 0, dropout: 0, batchSize: 400)
    plan.texts = Self.histories(320)
    if !hasAdapters { plan.adapters = nil }
    let monitor = MemoryMonitor()
    let curve = try await Self.train(model, plan, monitor).curve
    let state = try #require(monitor.states["tiny"])

    let decoder = try LlamaModel(checkpoint)
    if hasAdapters {
      decoder.adapt(
        Set(AdapterOptions.Matrix.allCases.map(\.rawValue)), rank: 2, alpha: 4, seed: 0)
      for parameter in decoder.parameters {
        parameter.value = try #require(state.matrices["value.\(parameter.name)"])
      }
    }
    let sequences = plan.texts.map { model.sequence(of: $0) }
    let read = checkpoint.tokenizer.encode("history: \"Heat\",")
    let answer = checkpoint.tokenizer.encode(" \"Heat 2\",")
    #expect(
      sequences[0]
        == TrainingSequence(
          tokens: read + answer, isTarget: read.map { _ in false } + answer.map { _ in true }))
    let (loss, gradients) = lossAndGradients(decoder, sequences)
    #expect(abs(loss - curve[0].loss) < 1e-5)
    for (name, gradient) in gradients {
      let found = try #require(state.matrices["first.\(name)"]).values
      let largest = gradient.map(abs).max() ?? 0
      for (a, b) in zip(found, gradient) { #expect(abs(a - b) <= 1e-4 * max(largest, 0.1)) }
    }
  }

  @Test func `adapters go on learning, and other ones are refused`() async throws {
    let model = try Self.model()
    let first = try await Self.train(model, Plan())
    let second = try await Self.train(first.model, Plan())
    #expect(second.curve[0].loss < first.curve[0].loss)
    #expect(second.model.identity != first.model.identity)
    for adapters in [AdapterOptions(rank: 3, alpha: 4), nil] {
      var plan = Plan()
      plan.adapters = adapters
      await #expect(throws: UnsupportedByModel.self) { try await Self.train(first.model, plan) }
    }
  }

  // MARK: Artifacts and folders

  @Test(arguments: [true, false])
  func `an artifact holds what was learned and the name of the rest`(
    hasAdapters: Bool
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tuned-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let checkpoint = try tinyCheckpoint(in: folder)
    let files = ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"]
      .map { "\(folder)/\($0)" }
    let reference = try CheckpointReference(
      name: "tiny", files: files, style: .chat(system: "Be brief."), titles: Self.titles)
    let opened = try CheckpointLanguageModel(artifact: reference.artifact(), files: files)
    let model = opened.normalizingLength(0.5)
    var plan = Plan(epochs: 1)
    if !hasAdapters { plan.adapters = nil }
    let tuned = try await Self.train(model, plan).model
    for kept in [model, tuned] {
      let artifact = try kept.artifact()
      #expect(try kept.isKept(in: artifact))
      #expect(try !opened.isKept(in: artifact))
      let read = try CheckpointLanguageModel(artifact: artifact, files: files)
      #expect(read.identity == kept.identity)
      #expect(try await read.score([Self.question(2)]) == kept.score([Self.question(2)]))
      #expect(try read.artifact() == artifact)
    }
    let artifact = try tuned.artifact()
    let names = artifact.columnNames.filter { $0 != "titles" }
    #expect(names.allSatisfy { $0.contains("lora") } == hasAdapters)
    #expect(names.count == (hasAdapters ? 2 * 7 * 2 : checkpoint.configuration.tensors.count))

    // Damage is an error, not a trap.
    var damaged = artifact
    damaged.set(names[0], floats: [.nan], shape: [1, 1])
    #expect(throws: (any Error).self) {
      try CheckpointLanguageModel(artifact: damaged, files: files)
    }
    damaged = artifact
    damaged.metadata["learned"] = "{}"
    #expect(throws: (any Error).self) {
      try CheckpointLanguageModel(artifact: damaged, files: files)
    }
    // Another checkpoint in the place of the right one.
    _ = try tinyCheckpoint(in: folder, seed: 4)
    #expect {
      try CheckpointLanguageModel(artifact: artifact, files: files)
    } throws: { error in
      "\(error)".contains("found other weights")
    }
  }

  @Test func `merged weights and adapters are written as folders`() async throws {
    let model = try Self.model()
    let tuned = try await Self.train(model, Plan()).model
    try withFolder { folder in
      try tuned.writeMerged(to: folder)
      _ = try LlamaModel(try Checkpoint(at: folder))
      try tuned.writeAdapters(to: "\(folder)/adapter", base: folder)
      let again = try StoredWeights(safetensors: "\(folder)/adapter/adapter_model.safetensors")
      let learned = try Self.weights(tuned)
      #expect(again.names.count == learned.count)
      for (name, values) in learned {
        let shape = try #require(again.shape(of: "base_model.model.\(name)"))
        let matrix = try again.matrix(
          "base_model.model.\(name)", rows: shape[0], columns: shape[1])
        #expect(matrix.values == values)
      }
      let configuration = try String(
        contentsOfFile: "\(folder)/adapter/adapter_config.json", encoding: .utf8)
      #expect(configuration.contains("\"lora_dropout\": 0.2"))
    }
    #expect(throws: UnsupportedByModel.self) { try model.writeAdapters(to: "/nowhere") }
  }
}
