public import Foundations

/// Everything that lets training go on after a kill as if it had never stopped.
public struct TrainingState: Sendable, Equatable {
  /// Epochs finished.
  public var epoch: Int
  /// Named matrices: parameters, optimizer moments, the best weights so far.
  public var matrices: [String: Matrix]
  /// Named numbers: steps, best metric, curves.
  public var numbers: [String: [Double]]
  /// The random generator's four words.
  public var random: [UInt64]

  public init(
    epoch: Int, matrices: [String: Matrix] = [:], numbers: [String: [Double]] = [:],
    random: [UInt64]
  ) {
    self.epoch = epoch
    self.matrices = matrices
    self.numbers = numbers
    self.random = random
  }
}

/// Where training states are kept and who hears of progress; the stage decides, the trainer only calls.
public protocol TrainingMonitor {
  /// The last saved state under a name, or nil.
  func restore(_ name: String) throws -> TrainingState?

  /// Saves a state; returns only when it would survive a kill. May throw to stop training.
  func save(_ state: TrainingState, as name: String) throws

  /// One more unit of work is done.
  func report(done: Int, total: Int, message: String)
}

/// Keeps nothing and says nothing.
public struct SilentMonitor: TrainingMonitor {
  public init() {}
  public func restore(_ name: String) -> TrainingState? { nil }
  public func save(_ state: TrainingState, as name: String) {}
  public func report(done: Int, total: Int, message: String) {}
}

/// One point a finished epoch of a training curve.
public struct CurvePoint: Sendable, Equatable {
  /// 1-based.
  public var epoch: Int
  /// Mean training loss of the epoch.
  public var loss: Float
  /// The validation metric after it.
  public var validation: Float

  public init(epoch: Int, loss: Float, validation: Float) {
    self.epoch = epoch
    self.loss = loss
    self.validation = validation
  }
}

/// The loop that every model shares: epochs, validation, the best weights, early stopping, checkpoints.
public struct EarlyStoppingTrainer {
  /// Upper bound of epochs.
  public var epochs: Int
  /// Stop after so many validations without a better metric.
  public var patience: Int
  /// Whether a larger metric is better (NDCG) or a smaller one (RMSE).
  public var higherIsBetter: Bool
  /// Validate every so many epochs.
  public var interval: Int

  public init(epochs: Int, patience: Int, higherIsBetter: Bool, interval: Int = 1) {
    self.epochs = epochs
    self.patience = patience
    self.higherIsBetter = higherIsBetter
    self.interval = interval
  }

  /// Trains, and leaves the best weights in the parameters.
  ///
  /// A state is saved after each epoch; an interrupted run repeats at most the epoch under way and ends
  /// with the same bits.
  ///
  /// - Parameters:
  ///   - name: The checkpoint's name.
  ///   - optimizer: Holds the parameters that are saved and restored.
  ///   - random: The only source of randomness of `epoch`.
  ///   - monitor: Where states go.
  ///   - metricName: Shown with progress.
  ///   - epoch: Runs one epoch, 0-based, and returns its mean loss.
  ///   - validate: The metric of the present weights.
  /// - Returns: One point per validated epoch.
  /// - Throws: What the closures and the monitor throw.
  public func train(
    name: String, optimizer: Adam, random: inout SeededRandom, monitor: any TrainingMonitor,
    metricName: String,
    epoch: (_ index: Int, _ random: inout SeededRandom) throws -> Float,
    validate: () throws -> Float
  ) throws -> [CurvePoint] {
    var curve: [CurvePoint] = []
    var best: [Matrix]?
    var bestMetric: Float?
    var bestIndex = 0
    var start = 0
    if let state = try monitor.restore(name) {
      start = state.epoch
      random = SeededRandom(state: state.random)
      optimizer.restore(from: state)
      curve = state.curve
      best = optimizer.parameters.compactMap { state.matrices["best.\($0.name)"] }
      bestMetric = state.numbers["bestMetric"]?.first.map { Float($0) }
      bestIndex = Int(state.numbers["bestIndex"]?.first ?? 0)
    }
    func exhausted() -> Bool { !curve.isEmpty && curve.count - 1 - bestIndex >= patience }

    var index = start
    while index < epochs, !exhausted() {
      let loss = try epoch(index, &random)
      index += 1
      if index.isMultiple(of: interval) || index == epochs {
        let metric = try validate()
        curve.append(CurvePoint(epoch: index, loss: loss, validation: metric))
        if bestMetric.map({ higherIsBetter ? metric > $0 : metric < $0 }) ?? true {
          bestMetric = metric
          bestIndex = curve.count - 1
          best = optimizer.parameters.map(\.value)
        }
        monitor.report(
          done: index, total: epochs,
          message: "\(metricName) \(rounded(metric)), loss \(rounded(loss))")
      }
      var state = optimizer.state(epoch: index, random: random)
      state.setCurve(curve)
      if let best {
        for (parameter, value) in zip(optimizer.parameters, best) {
          state.matrices["best.\(parameter.name)"] = value
        }
      }
      state.numbers["bestMetric"] = bestMetric.map { [Double($0)] }
      state.numbers["bestIndex"] = [Double(bestIndex)]
      try monitor.save(state, as: name)
    }
    if let best {
      for (parameter, value) in zip(optimizer.parameters, best) { parameter.value = value }
    }
    return curve
  }

  private func rounded(_ value: Float) -> Float { (value * 10_000).rounded() / 10_000 }
}

extension Adam {
  /// Parameters, moments and step count, as a training state.
  public func state(epoch: Int, random: SeededRandom) -> TrainingState {
    var state = TrainingState(epoch: epoch, random: random.state)
    for (parameter, moment) in zip(parameters, moments) {
      let (rows, columns) = (parameter.value.rows, parameter.value.columns)
      state.matrices["value.\(parameter.name)"] = parameter.value
      state.matrices["first.\(parameter.name)"] = Matrix(
        rows: rows, columns: columns, values: moment.first)
      state.matrices["second.\(parameter.name)"] = Matrix(
        rows: rows, columns: columns, values: moment.second)
    }
    state.numbers["steps"] = [Double(steps)]
    return state
  }

  /// Puts back what `state(epoch:random:)` took; traps when a parameter is missing from it.
  public func restore(from state: TrainingState) {
    func matrix(_ key: String) -> Matrix {
      guard let value = state.matrices[key] else { preconditionFailure("no \(key) in the state") }
      return value
    }
    for parameter in parameters { parameter.value = matrix("value.\(parameter.name)") }
    restore(
      steps: Int(state.numbers["steps"]?.first ?? 0),
      first: parameters.map { matrix("first.\($0.name)").values },
      second: parameters.map { matrix("second.\($0.name)").values })
  }
}

extension TrainingState {
  /// The curve so far.
  public var curve: [CurvePoint] {
    let epochs = numbers["curve.epoch"] ?? []
    let losses = numbers["curve.loss"] ?? []
    let validations = numbers["curve.validation"] ?? []
    return epochs.indices.map {
      CurvePoint(
        epoch: Int(epochs[$0]), loss: Float(losses[$0]), validation: Float(validations[$0]))
    }
  }

  /// Stores the curve so far.
  public mutating func setCurve(_ curve: [CurvePoint]) {
    numbers["curve.epoch"] = curve.map { Double($0.epoch) }
    numbers["curve.loss"] = curve.map { Double($0.loss) }
    numbers["curve.validation"] = curve.map { Double($0.validation) }
  }
}
