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

  /// A part of the unit under way is done, from 0 to 1; called often.
  func report(part: Double, after done: Int, of total: Int)
}

extension TrainingMonitor {
  /// Says nothing.
  public func report(part: Double, after done: Int, of total: Int) {}
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
  ///   - validate: The metric of the present weights; nil where nothing is chosen: the last weights stay.
  /// - Returns: One point per validated epoch.
  /// - Throws: What the closures and the monitor throw.
  public func train(
    name: String, optimizer: Adam, random: inout SeededRandom, monitor: any TrainingMonitor,
    metricName: String,
    epoch: (_ index: Int, _ random: inout SeededRandom) throws -> Float,
    validate: () throws -> Float?
  ) throws -> [CurvePoint] {
    var run = try TrainingRun(self, name, optimizer, &random, monitor, metricName)
    while run.goesOn {
      let loss = try epoch(run.epoch, &random)
      let metric = run.validatesNext ? try validate() : nil
      try run.finishEpoch(loss: loss, metric: metric, random: random)
    }
    return run.end()
  }

  /// The same where the metric is asked of somebody else, such as a language model.
  public func train(
    name: String, optimizer: Adam, random: inout SeededRandom, monitor: any TrainingMonitor,
    metricName: String,
    epoch: (_ index: Int, _ random: inout SeededRandom) throws -> Float,
    validate: () async throws -> Float?
  ) async throws -> [CurvePoint] {
    var run = try TrainingRun(self, name, optimizer, &random, monitor, metricName)
    while run.goesOn {
      let loss = try epoch(run.epoch, &random)
      let metric = run.validatesNext ? try await validate() : nil
      try run.finishEpoch(loss: loss, metric: metric, random: random)
    }
    return run.end()
  }
}

/// What the training loop knows between two epochs.
private struct TrainingRun {
  let plan: EarlyStoppingTrainer
  let name: String
  let optimizer: Adam
  let monitor: any TrainingMonitor
  let metricName: String
  /// Epochs finished.
  private(set) var epoch = 0
  private var curve: [CurvePoint] = []
  private var best: [Matrix]?
  private var bestMetric: Float?
  private var bestIndex = 0

  /// Starts, or goes on from the state that the monitor kept.
  init(
    _ plan: EarlyStoppingTrainer, _ name: String, _ optimizer: Adam, _ random: inout SeededRandom,
    _ monitor: any TrainingMonitor, _ metricName: String
  ) throws {
    self.plan = plan
    self.name = name
    self.optimizer = optimizer
    self.monitor = monitor
    self.metricName = metricName
    guard let state = try monitor.restore(name) else { return }
    epoch = state.epoch
    random = SeededRandom(state: state.random)
    optimizer.restore(from: state)
    curve = state.curve
    best = optimizer.parameters.compactMap { state.matrices["best.\($0.name)"] }
    bestMetric = state.numbers["bestMetric"]?.first.map { Float($0) }
    bestIndex = Int(state.numbers["bestIndex"]?.first ?? 0)
  }

  /// Whether another epoch follows.
  var goesOn: Bool {
    epoch < plan.epochs && (curve.isEmpty || curve.count - 1 - bestIndex < plan.patience)
  }

  /// Whether the epoch that follows ends with a validation.
  var validatesNext: Bool {
    (epoch + 1).isMultiple(of: plan.interval) || epoch + 1 == plan.epochs
  }

  /// Takes an epoch's loss and, where it was validated, its metric; keeps the best weights and the state.
  mutating func finishEpoch(loss: Float, metric: Float?, random: SeededRandom) throws {
    epoch += 1
    if let metric {
      curve.append(CurvePoint(epoch: epoch, loss: loss, validation: metric))
      if bestMetric.map({ plan.higherIsBetter ? metric > $0 : metric < $0 }) ?? true {
        bestMetric = metric
        bestIndex = curve.count - 1
        best = optimizer.parameters.map(\.value)
      }
    }
    let reached = metric.map { "\(metricName) \(rounded($0)), " } ?? ""
    monitor.report(done: epoch, total: plan.epochs, message: "\(reached)loss \(rounded(loss))")
    var state = optimizer.state(epoch: epoch, random: random)
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

  /// Puts the best weights into the parameters.
  func end() -> [CurvePoint] {
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
