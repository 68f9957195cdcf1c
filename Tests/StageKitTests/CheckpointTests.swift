import Artifacts
import Foundation
import Foundations
import StageKit
import StageProtocol
import Synchronization
import Tensors
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
  /// Trains a small matrix for ten epochs of one second each.
  private static func train(
    _ context: StageContext, _ console: FakeConsole, seconds: Double = 1,
    afterEpoch: (Int) throws -> Void = { _ in }
  ) throws {
    let weights = Parameter("weights", Matrix(rows: 2, columns: 3, repeating: 1))
    let optimizer = Adam([weights], .init(learningRate: 0.1))
    var random = SeededRandom(seed: 7)
    let curve = try EarlyStoppingTrainer(epochs: 10, patience: 10, higherIsBetter: false).train(
      name: "weights", optimizer: optimizer, random: &random, monitor: context.monitor(),
      metricName: "RMSE",
      epoch: { index, random in
        console.wait(seconds)
        let tape = Tape()
        let noisy = tape.dropout(tape.parameter(weights), rate: 0.5, using: &random)
        tape.backward(from: tape.halfSquaredNorm(noisy))
        optimizer.step()
        try afterEpoch(index)
        return random.uniform()
      }, validate: { weights.value.values[0] })
    try writeOutputs(context, weights: weights.value.values + curve.map(\.loss))
  }

  private func model(_ folder: String) throws -> [UInt8] {
    try Files.readStored("\(folder)/model.safetensors.zst")
  }

  private func straight() async throws -> [UInt8] {
    try await withFolder { folder in
      let console = FakeConsole()
      _ = try await launch(in: folder, console: console) { try Self.train($0, console) }
      return try model(folder)
    }
  }

  @Test(
    "training that is stopped after any epoch goes on to the same bytes", arguments: 0..<10,
    [0.01, 1, 60])
  func stop(epoch: Int, seconds: Double) async throws {
    try await withFolder { folder in
      let arguments = ["--scratch", "\(folder)/scratch"]
      let console = FakeConsole()
      let asked = Atomic<Bool>(false)
      let stopped = try await launch(
        in: folder, arguments, console: console,
        signal: { asked.load(ordering: .relaxed) ? SIGTERM : nil }
      ) { context in
        try Self.train(context, console, seconds: seconds) {
          if $0 == epoch { asked.store(true, ordering: .relaxed) }
        }
      }
      #expect(stopped.code == .terminated)
      let resumed = try await launch(in: folder, arguments, console: console) { context in
        try Self.train(context, console) {
          #expect($0 > epoch, "an epoch is repeated")
        }
      }
      #expect(resumed.code == .done)
      #expect(resumed.out.contains("weights: going on after \(epoch + 1) epochs\n"))
      #expect(try await model(folder) == straight())
    }
  }

  @Test("training that fails goes on after its last whole epoch")
  func failure() async throws {
    try await withFolder { folder in
      let arguments = ["--scratch", "\(folder)/scratch"]
      let console = FakeConsole()
      let failed = try await launch(in: folder, arguments, console: console) { context in
        try Self.train(context, console) { if $0 == 6 { throw StageFailure("no memory") } }
      }
      #expect(failed.code == .failed)
      let resumed = try await launch(in: folder, arguments, console: console) { context in
        try Self.train(context, console) { #expect($0 >= 6) }
      }
      #expect(resumed.code == .done)
      #expect(try await model(folder) == straight())
    }
  }

  @Test("without a scratch folder nothing is kept, and a signal still stops")
  func noScratch() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let outcome = try await launch(in: folder, console: console, signal: { SIGINT }) {
        try Self.train($0, console)
      }
      #expect(outcome.code == .interrupted)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder) == ["train.safetensors.zst"])
    }
  }

  @Test("fast epochs are saved every two seconds, slow ones each")
  func throttle() async throws {
    func saves(seconds: Double) async throws -> [Int] {
      try await withFolder { folder in
        let console = FakeConsole()
        let saved = Mutex<[Int]>([])
        _ = try await launch(in: folder, ["--scratch", "\(folder)/scratch"], console: console) {
          context in
          try Self.train(context, console, seconds: seconds) { _ in
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/scratch")
            let newest = try files.map {
              Int(try Artifact(contentsOf: "\(folder)/scratch/\($0)").metadata["epoch"] ?? "") ?? 0
            }.max()
            saved.withLock { $0.append(newest ?? 0) }
          }
        }
        return saved.withLock { $0 }
      }
    }
    #expect(try await saves(seconds: 2) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(try await saves(seconds: 0.5) == [0, 0, 0, 0, 4, 4, 4, 4, 8, 8])
  }

  @Test("a state comes back bit for bit")
  func exact() async throws {
    let numbers: [Double] = [
      .pi, -0.0, .infinity, Double(bitPattern: 0x7FF8_0000_0000_1234), 5,
    ]
    let floats: [Float] = [
      Float(bitPattern: 0x7FC0_1234), -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1, 2,
    ]
    let random: [UInt64] = [.max, 0, 1 << 63, 0x0123_4567_89AB_CDEF]
    try await withFolder { folder in
      let arguments = ["--scratch", "\(folder)/scratch"]
      let interrupted = try await launch(in: folder, arguments, signal: { SIGTERM }) { context in
        let monitor = context.monitor(prefix: "fold/1 ")
        #expect(try monitor.restore("x") == nil)
        try monitor.save(
          TrainingState(
            epoch: 3,
            matrices: [
              "a.offsets": Matrix(rows: 2, columns: 3, values: floats),
              "empty": Matrix(rows: 0, columns: 4),
            ],
            numbers: ["steps": numbers, "none": []], random: random), as: "x")
      }
      #expect(interrupted.code == .terminated)
      let restored = try await launch(in: folder, arguments) { context in
        #expect(try context.monitor().restore("x") == nil)
        let state = try #require(try context.monitor(prefix: "fold/1 ").restore("x"))
        #expect(state.epoch == 3)
        #expect(state.random == random)
        #expect(state.matrices["a.offsets"]?.values.map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(state.matrices["a.offsets"]?.columns == 3)
        #expect(state.matrices["empty"] == Matrix(rows: 0, columns: 4))
        #expect(state.numbers["steps"]?.map(\.bitPattern) == numbers.map(\.bitPattern))
        #expect(state.numbers["none"] == [])
        try writeOutputs(context)
      }
      #expect(restored.code == .done)
    }
  }

  /// Makes a scratch folder with checkpoints after epochs 8 (file 0) and 9 (file 1).
  private func prepare(_ folder: String) async throws -> [String] {
    let arguments = ["--scratch", "\(folder)/scratch"]
    let console = FakeConsole()
    _ = try await launch(in: folder, arguments, console: console) { context in
      try Self.train(context, console, seconds: 2) { if $0 == 9 { throw StageFailure("stop") } }
    }
    return arguments
  }

  private func resume(_ folder: String, _ arguments: [String]) async throws -> Outcome {
    let console = FakeConsole()
    return try await launch(in: folder, arguments, console: console) { try Self.train($0, console) }
  }

  @Test("a damaged checkpoint is passed over for the one before it")
  func damaged() async throws {
    try await withFolder { folder in
      let arguments = try await prepare(folder)
      let newest = "\(folder)/scratch/weights.checkpoint-1"
      let bytes = try Files.readStored(newest)
      for length in [0, 1, bytes.count / 2, bytes.count - 1] {
        try Files.writeAtomically(Array(bytes[..<length]), to: newest)
        let outcome = try await resume(folder, arguments)
        #expect(outcome.code == .done)
        #expect(
          outcome.out.contains("warning: a checkpoint is damaged and is not used: \(newest): "))
        #expect(outcome.out.contains("weights: going on after 8 epochs\n"))
        #expect(try await model(folder) == straight())
      }
    }
  }

  @Test("when both checkpoints are damaged, training starts over")
  func bothDamaged() async throws {
    try await withFolder { folder in
      let arguments = try await prepare(folder)
      for file in 0...1 {
        try Files.writeAtomically("?", to: "\(folder)/scratch/weights.checkpoint-\(file)")
      }
      let outcome = try await resume(folder, arguments)
      #expect(!outcome.out.contains("going on"))
      #expect(try await model(folder) == straight())
    }
  }

  @Test("a checkpoint made with other parameters or inputs is not used")
  func otherWork() async throws {
    try await withFolder { folder in
      let arguments = try await prepare(folder)
      let outcome = try await resume(folder, arguments + ["--parameters", #"{"epochs":21}"#])
      #expect(
        outcome.out.contains(
          "warning: \(folder)/scratch/weights.checkpoint-1 is of other inputs or parameters and is "
            + "not used\n"))
      #expect(!outcome.out.contains("going on"))
    }
    try await withFolder { folder in
      let arguments = try await prepare(folder)
      var train = Artifact(schema: "interactions", metadata: dataSet)
      train.set("items", int32s: [1])
      try train.write(to: "\(folder)/train.safetensors.zst")
      #expect(!(try await resume(folder, arguments)).out.contains("going on"))
    }
  }

  @Test("a training that ended waits on the disk while the next one runs")
  func severalTrainings() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let state = TrainingState(epoch: 1, random: [1, 2, 3, 4])
      _ = try await launch(in: folder, ["--scratch", "\(folder)/scratch"], console: console) {
        context in
        let monitor = context.monitor()
        try monitor.save(state, as: "first")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/scratch").isEmpty)
        console.wait(3)
        try monitor.save(state, as: "second")
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: "\(folder)/scratch")
            == ["first.checkpoint-1"])
        try writeOutputs(context)
      }
    }
  }
}
