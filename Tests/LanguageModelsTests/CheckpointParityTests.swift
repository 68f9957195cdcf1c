import Foundation
import Foundations
import LanguageModels
import Tensors
import TestSupport
import Testing

/// What scripts/parity/reference.py wrote into .build/parity.
private enum Reference {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../.build/parity").standardizedFileURL.path

  static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  static func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    return try JSONDecoder().decode(type, from: data)
  }
}

private struct Tokens: Decodable {
  let strings: [String]
  let plain: [[Int32]]
  let markup: [[Int32]]?
  let decoded: [String]?
}

private struct Logits: Decodable {
  let tokens: [[Int32]]
  let logits: [[[Float]]]
}

private struct SmolLM2: Decodable {
  let tokens: [[Int32]]
  let last: [[Float]]
  let greedy: [[Int32]]
  let chats: [Chat]

  struct Chat: Decodable {
    let messages: [[String]]
    let tokens: [Int32]
  }
}

private let skipped: Comment = "no references in .build/parity; scripts/parity.sh makes them"

/// Large comparisons with Transformers, SentencePiece and the gguf package; skipped without their files.
@Suite(.serialized) struct CheckpointParityTests {
  /// As the issue asks; what is seen is printed.
  private static let logitTolerance: Float = 1e-3

  @Test(
    .enabled(if: Reference.has("tokens"), skipped),
    arguments: [
      "gpt2.tokenizer.json", "smollm.tokenizer.json", "llama3.tokenizer.json",
      "llama2.tokenizer.json", "llama2-legacy.tokenizer.json", "sentencepiece.gguf",
      "smollm2.tokenizer.json", "smollm2.gguf",
    ])
  func `tokens of 10,000 varied strings agree`(file: String) throws {
    guard Reference.has("tokens/\(file)") else {
      print("parity: no \(file); scripts/fetch-smollm2.sh fetches SmolLM2")
      return
    }
    let path = "\(Reference.folder)/tokens/\(file)"
    let tokenizer =
      file.hasSuffix(".gguf")
      ? try BytePairTokenizer(gguf: path) : try BytePairTokenizer(tokenizerAt: path)
    let name = try #require(file.split(separator: ".").first)
    let golden = try Reference.read(Tokens.self, "tokens/\(name).json")
    #expect(golden.strings.count == 10_000)
    var different = 0
    let clock = ContinuousClock()
    var duration = Duration.zero
    for (index, text) in golden.strings.enumerated() {
      var tokens: [Int32] = []
      duration += clock.measure { tokens = tokenizer.encode(text) }
      var agrees = tokens == golden.plain[index]
      if let markup = golden.markup?[index], let decoded = golden.decoded?[index] {
        let found = tokenizer.prefix + tokenizer.encode(markup: text) + tokenizer.suffix
        let text = tokenizer.decode(found)
        agrees = agrees && found == markup && Array(text.utf8) == Array(decoded.utf8)
      }
      if !agrees {
        different += 1
        if different < 5 { print("parity: \(file): \(text.debugDescription)") }
      }
    }
    let bytes = golden.strings.reduce(0) { $0 + $1.utf8.count }
    print(
      "parity: \(file): \(different) of \(golden.strings.count) differ; \(bytes) bytes in \(duration)"
    )
    #expect(different == 0)
  }

  @Test(
    .enabled(if: Reference.has("models"), skipped), arguments: ["llama2", "llama3", "tied"])
  func `logits of tiny checkpoints of each family agree`(name: String) throws {
    _ = oneThread
    let checkpoint = try Checkpoint(at: "\(Reference.folder)/models/\(name)")
    let model = try LlamaModel(checkpoint)
    let golden = try Reference.read(Logits.self, "models/\(name)/logits.json")
    var largest: Float = 0
    for (tokens, expected) in zip(golden.tokens, golden.logits) {
      for (a, b) in zip(model.logits(after: tokens).values, expected.joined()) {
        largest = max(largest, abs(a - b))
      }
    }
    print("parity: \(name): largest difference of logits \(largest)")
    #expect(largest <= Self.logitTolerance)
    // What Transformers and PEFT will open: scripts/parity/written.py compares its logits.
    try writeHuggingFaceFolder(
      "\(Reference.folder)/written/\(name)", configuration: checkpoint.configuration,
      weights: model.mergedWeights,
      tokenizerFrom: checkpoint)
    try writeAdapter(name, model)
    let adapted = golden.tokens.map { Array(model.logits(after: $0).values) }
    try JSONEncoder().encode(adapted).write(
      to: URL(fileURLWithPath: "\(Reference.folder)/written/\(name)-adapter/logits.json"))
  }

  /// An adapter with simple numbers on every query and value projection, put on and written.
  private func writeAdapter(_ name: String, _ model: LlamaModel) throws {
    model.adapt(["q_proj", "v_proj"], rank: 2, alpha: 6, seed: 1)
    var layers: [String: (a: Matrix, b: Matrix)] = [:]
    for (name, adapter) in model.adapters {
      for i in adapter.down.value.values.indices {
        adapter.down.value.values[i] = Float(i % 7 - 3) / 16
      }
      for i in adapter.up.value.values.indices {
        adapter.up.value.values[i] = Float(i % 5 - 2) / 8
      }
      layers[name] = (adapter.down.value, adapter.up.value)
    }
    try LanguageModels.writeAdapter(
      "\(Reference.folder)/written/\(name)-adapter",
      AdapterDescription(
        rank: 2, alpha: 6, dropout: 0.1, base: "\(Reference.folder)/written/\(name)"),
      layers: layers)
  }

  /// What scripts/parity/tuned.py compares with PEFT and PyTorch: gradients at an adapter, the adapter after
  /// three steps from there, and the logits of the merged folder.
  private struct Step: Encodable {
    let tokens: [[Int32]]
    let isTarget: [[Bool]]
    let rates: [Float]
    let weightDecay: Float
    let loss: Float
    let gradients: [String: [Float]]
    let losses: [Float]
    let logits: [[Float]]
  }

  @Test(
    .enabled(if: Reference.has("models"), skipped), arguments: ["llama2", "llama3", "tied"])
  func `tuning tiny checkpoints of each family writes what PyTorch can repeat`(
    name: String
  ) async throws {
    _ = oneThread
    let folder = "\(Reference.folder)/written/\(name)"
    let checkpoint = try Checkpoint(at: "\(Reference.folder)/models/\(name)")
    let titles = ["Heat", "Heat 2", "Alien", "The Third Man"]
    let model = try CheckpointLanguageModel(checkpoint, weightsIdentity: name, titles: titles)
    let texts = (0..<6).map { start in
      var text = TrainingText()
      text.read(.text("history:") + Prompt((0...start).map { .item(Int32($0 % 4)) }))
      text.learn(.items(Int32((start + 1) % 4)))
      return text
    }
    let schedule = LearningRateSchedule.cosine(peak: 0.01, warmup: 1, total: 4)
    func train(
      _ model: CheckpointLanguageModel, epochs: Int, beta1: Float, schedule: LearningRateSchedule
    ) async throws -> (CheckpointLanguageModel, [CurvePoint], TrainingState) {
      let monitor = MemoryMonitor()
      var random = SeededRandom(seed: 1)
      var epoch: Float = 0
      let (tuned, curve) = try await model.trained(
        name: "step",
        loop: EarlyStoppingTrainer(epochs: epochs, patience: epochs, higherIsBetter: true),
        recipe: TrainingRecipe(
          batchSize: texts.count, dropout: 0,
          optimizer: .init(beta1: beta1, beta2: 0.98, weightDecay: 0.1), gradientClip: .infinity,
          schedule: schedule,
          checkpoint: CheckpointTuning(
            adapters: AdapterOptions(rank: 3, alpha: 6), learnsEveryTitle: true)),
        random: &random, monitor: monitor, metricName: "epoch", texts: { _ in texts },
        validate: { _ in
          // The last weights are the best.
          epoch += 1
          return epoch
        })
      return (tuned, curve, try #require(monitor.states["step"]))
    }
    let still = LearningRateSchedule.linear(peak: 0, warmup: 0, total: 1)
    let (start, _, _) = try await train(
      model, epochs: 4, beta1: 0.9, schedule: .linear(peak: 0.02, warmup: 0, total: 9))
    let (_, curve, state) = try await train(start, epochs: 1, beta1: 0, schedule: still)
    let (tuned, losses, _) = try await train(start, epochs: 3, beta1: 0.9, schedule: schedule)
    try start.writeAdapters(to: "\(folder)-start", base: checkpoint.path)
    try tuned.writeAdapters(to: "\(folder)-tuned", base: checkpoint.path)
    try tuned.writeMerged(to: "\(folder)-merged")
    let sequences = texts.map { model.sequence(of: $0, learnsEveryTitle: true) }
    let merged = try LlamaModel(try Checkpoint(at: "\(folder)-merged"))
    let gradients = state.matrices.filter { $0.key.hasPrefix("first.") }
      .map { (String($0.key.dropFirst("first.".count)), $0.value.values) }
    let step = Step(
      tokens: sequences.map(\.tokens), isTarget: sequences.map(\.isTarget),
      rates: (0..<3).map(schedule.rate), weightDecay: 0.1, loss: curve[0].loss,
      gradients: Dictionary(uniqueKeysWithValues: gradients), losses: losses.map(\.loss),
      logits: sequences.map { Array(merged.logits(after: $0.tokens).values) })
    try JSONEncoder().encode(step).write(to: URL(fileURLWithPath: "\(folder)-step.json"))
  }

  @Test(.enabled(if: Reference.has("smollm2/logits.json"), skipped))
  func `SmolLM2 gives Transformers' logits, continuations and chats`() throws {
    _ = oneThread
    let checkpoint = try Checkpoint(at: "\(Reference.folder)/tokens/smollm2.gguf")
    #expect(checkpoint.chatFormat.kind == .chatML)
    let golden = try Reference.read(SmolLM2.self, "smollm2/logits.json")
    for chat in golden.chats {
      let messages = chat.messages.map {
        ChatFormat.Message(ChatFormat.Message.Role(rawValue: $0[0]) ?? .user, $0[1])
      }
      #expect(checkpoint.tokenizer.encode(checkpoint.chatFormat.parts(messages)) == chat.tokens)
    }
    let model = try LlamaModel(checkpoint)
    // For written.py: Transformers opens what is made of the GGUF file.
    try writeHuggingFaceFolder(
      "\(Reference.folder)/written/smollm2", configuration: checkpoint.configuration,
      weights: model.mergedWeights,
      tokenizerFrom: checkpoint)
    var largest: Float = 0
    var different = 0
    for (index, tokens) in golden.tokens.enumerated() {
      // One pass over a continuation tells whether each of its tokens is the most likely one.
      let sequence = tokens + golden.greedy[index].dropLast()
      let logits = model.logits(after: sequence)
      for (a, b) in zip(logits[row: tokens.count - 1], golden.last[index]) {
        largest = max(largest, abs(a - b))
      }
      for (step, token) in golden.greedy[index].enumerated() {
        let row = logits[row: tokens.count - 1 + step]
        let best = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
        if Int32(best - row.startIndex) != token { different += 1 }
      }
    }
    let count = golden.greedy.reduce(0) { $0 + $1.count }
    print(
      "parity: SmolLM2: largest difference of logits \(largest), \(different) of \(count) greedy tokens differ"
    )
    #expect(largest <= Self.logitTolerance)
    #expect(different == 0)
  }

  @Test(.enabled(if: Reference.has("smollm2/logits.json"), skipped))
  func `SmolLM2 behind the seam gives Transformers' log-probability of a word`() async throws {
    _ = oneThread
    let checkpoint = try Checkpoint(at: "\(Reference.folder)/tokens/smollm2.gguf")
    let golden = try Reference.read(SmolLM2.self, "smollm2/logits.json")
    let model = try CheckpointLanguageModel(checkpoint, weightsIdentity: "SmolLM2", titles: [])
    var largest: Float = 0
    var words = 0
    for (tokens, (last, greedy)) in zip(golden.tokens, zip(golden.last, golden.greedy)) {
      let word = checkpoint.tokenizer.decode([greedy[0]])
      // A text that is one token wherever it stands.
      guard word.hasPrefix(" "), checkpoint.tokenizer.encode(word) == [greedy[0]] else { continue }
      words += 1
      let prompt = Prompt.text(checkpoint.tokenizer.decode(tokens))
      let found = try await model.score([
        ScoringQuery(prompt: prompt, branches: [.init(answers: [.text(word), .text(" zebra")])])
      ])[0][0]
      let sum = last.reduce(0) { $0 + Foundation.exp(Double($1)) }
      largest = max(largest, abs(found[0] - (last[Int(greedy[0])] - Float(Foundation.log(sum)))))
      #expect(found[1] < found[0])
    }
    print("parity: SmolLM2: largest difference of log-probabilities of \(words) words \(largest)")
    #expect(words >= 10)
    #expect(largest <= Self.logitTolerance)
  }
}
