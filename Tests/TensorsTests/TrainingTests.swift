import Foundations
import Tensors
import Testing

@Suite("Training with early stopping")
struct TrainingTests {
  private struct Killed: Error {}

  /// Keeps the last state in memory, and kills the training at a save if told so.
  private final class MemoryMonitor: TrainingMonitor {
    var state: TrainingState?
    var killAtSave: Int?
    var reports: [String] = []

    func restore(_ name: String) -> TrainingState? { state }

    func save(_ newState: TrainingState, as name: String) throws {
      state = newState
      if newState.epoch == killAtSave { throw Killed() }
    }

    func report(done: Int, total: Int, message: String) {
      reports.append("\(done)/\(total) \(message)")
    }
  }

  private struct Result: Equatable {
    var curve: [CurvePoint]
    var weights: [Float]
    var random: [UInt64]
  }

  /// Fits a noisy least-squares problem whose validation metric gets worse after some epochs.
  private func train(
    _ monitor: MemoryMonitor, trainer: EarlyStoppingTrainer, metrics: [Float]? = nil
  ) throws -> Result {
    let weights = Parameter("weights", Matrix(rows: 3, columns: 4, repeating: 1))
    let bias = Parameter("bias", Matrix(rows: 1, columns: 3), decays: false)
    let optimizer = Adam([weights, bias], .init(learningRate: 0.05, weightDecay: 0.01))
    var random = SeededRandom(seed: 1)
    var validations = (monitor.state?.curve.count ?? 0)
    let curve = try trainer.train(
      name: "model", optimizer: optimizer, random: &random, monitor: monitor, metricName: "RMSE",
      epoch: { _, random in
        let tape = Tape()
        let x = tape.constant(.normal(rows: 5, columns: 4, deviation: 1, using: &random))
        let y = tape.linear(x, weight: tape.parameter(weights), bias: tape.parameter(bias))
        let loss = tape.halfSquaredNorm(tape.dropout(y, rate: 0.2, using: &random))
        tape.backward(from: loss)
        optimizer.step()
        return loss.value.values[0]
      },
      validate: {
        validations += 1
        return metrics?[validations - 1] ?? weights.value.values.reduce(0) { $0 + abs($1) }
      })
    return Result(
      curve: curve, weights: weights.value.values + bias.value.values, random: random.state)
  }

  @Test(
    "training that is killed after any epoch and goes on equals training that is not",
    arguments: 1...12, [1, 3])
  func resume(epoch: Int, interval: Int) throws {
    let trainer = EarlyStoppingTrainer(
      epochs: 12, patience: 12, higherIsBetter: false, interval: interval)
    let straight = try train(MemoryMonitor(), trainer: trainer)
    let monitor = MemoryMonitor()
    monitor.killAtSave = epoch
    #expect(throws: Killed.self) { try train(monitor, trainer: trainer) }
    #expect(monitor.state?.epoch == epoch)
    monitor.killAtSave = nil
    #expect(try train(monitor, trainer: trainer) == straight)
  }

  @Test("training that was stopped early stays stopped when it goes on")
  func resumeStopped() throws {
    let trainer = EarlyStoppingTrainer(epochs: 9, patience: 2, higherIsBetter: true)
    let metrics: [Float] = [0.1, 0.3, 0.2, 0.3, 9, 9, 9, 9, 9]
    let monitor = MemoryMonitor()
    let straight = try train(monitor, trainer: trainer, metrics: metrics)
    #expect(straight.curve.map(\.validation) == [0.1, 0.3, 0.2, 0.3])
    #expect(straight.curve.map(\.epoch) == [1, 2, 3, 4])
    #expect(try train(monitor, trainer: trainer, metrics: metrics) == straight)
  }

  @Test("the weights at the end are the best ones, for metrics of either direction")
  func best() throws {
    for (higherIsBetter, metrics) in [(true, [1, 5, 2, 2] as [Float]), (false, [5, 1, 2, 2])] {
      let stopped = try train(
        MemoryMonitor(),
        trainer: EarlyStoppingTrainer(epochs: 4, patience: 9, higherIsBetter: higherIsBetter),
        metrics: metrics)
      let two = try train(
        MemoryMonitor(),
        trainer: EarlyStoppingTrainer(epochs: 2, patience: 9, higherIsBetter: higherIsBetter),
        metrics: metrics)
      #expect(stopped.weights == two.weights)
      #expect(stopped.curve.count == 4)
    }
  }

  @Test("patience counts validations, not epochs")
  func patience() throws {
    let trainer = EarlyStoppingTrainer(epochs: 100, patience: 3, higherIsBetter: true, interval: 2)
    let metrics: [Float] = [5, 4, 6, 1, 1, 1, 9]
    let result = try train(MemoryMonitor(), trainer: trainer, metrics: metrics)
    #expect(result.curve.map(\.epoch) == [2, 4, 6, 8, 10, 12])
  }

  @Test("the last epoch is validated though the interval does not meet it")
  func lastEpoch() throws {
    let trainer = EarlyStoppingTrainer(epochs: 5, patience: 9, higherIsBetter: false, interval: 3)
    #expect(try train(MemoryMonitor(), trainer: trainer).curve.map(\.epoch) == [3, 5])
  }

  @Test("each validation is reported with metric and loss")
  func reports() throws {
    let monitor = MemoryMonitor()
    let trainer = EarlyStoppingTrainer(epochs: 2, patience: 9, higherIsBetter: true)
    let result = try train(monitor, trainer: trainer, metrics: [0.123_44, 0.5])
    #expect(monitor.reports.count == 2)
    let loss = (result.curve[0].loss * 10_000).rounded() / 10_000
    #expect(monitor.reports[0] == "1/2 RMSE 0.1234, loss \(loss)")
  }
}
