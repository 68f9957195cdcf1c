internal import Evaluation
internal import Foundations
internal import Tensors

/// Trains parameters with Adam under the loop that all models share.
struct GradientDescent {
  var backbone: BackboneName
  var configuration: BackboneConfiguration
  var run: TrainingRun

  private var metric: Metric { backbone.task.validationMetric }

  /// Trains with early stopping, or for all epochs when there is nothing to validate with.
  ///
  /// - Parameters:
  ///   - optimizer: Holds the parameters.
  ///   - validate: The metric of the parameters as they are, or nil.
  ///   - epoch: Runs one epoch from the generator alone and returns its mean loss; tells how much is done.
  /// - Returns: The curve (validation 0 where nothing validates) and the epochs that were best.
  /// - Throws: `BackboneError.diverged`, and what the closures and the monitor throw.
  func train(
    _ optimizer: Adam, validate: (() throws -> Float)?,
    epoch: (inout SeededRandom, _ progress: (Double) -> Void) throws -> Float
  ) throws -> Fit {
    var random = SeededRandom(seed: run.seed, purpose: run.name)
    var finished = 0
    let trainer = EarlyStoppingTrainer(
      epochs: configuration.epochs,
      patience: validate == nil ? configuration.epochs : configuration.patience,
      higherIsBetter: validate == nil || metric.higherIsBetter,
      interval: validate == nil ? 1 : configuration.validationInterval)
    var curve = try trainer.train(
      name: run.name, optimizer: optimizer, random: &random, monitor: run.monitor,
      metricName: validate == nil ? "epoch" : metric.rawValue
    ) { index, random in
      let loss = try epoch(&random) { part in
        run.monitor.report(part: part, after: index, of: configuration.epochs)
      }
      finished = index + 1
      guard loss.isFinite, optimizer.parameters.allSatisfy({ $0.value.isFinite }) else {
        throw BackboneError.diverged(
          backbone: backbone, epoch: finished, learningRate: configuration.learningRate)
      }
      return loss
    } validate: {
      // Without a metric the last epoch is the best one.
      try validate?() ?? Float(finished)
    }
    var chosen = configuration
    if validate == nil {
      for index in curve.indices { curve[index].validation = 0 }
    } else {
      chosen.epochs = bestEpoch(curve)
    }
    return Fit(curve: curve, chosen: chosen)
  }

  private func bestEpoch(_ curve: [CurvePoint]) -> Int {
    var best = curve.first
    for point in curve {
      guard let top = best?.validation else { break }
      let isBetter =
        metric.higherIsBetter ? point.validation > top : point.validation < top
      if isBetter { best = point }
    }
    return best?.epoch ?? configuration.epochs
  }
}

/// The numbers 0..<count in random order, made afresh so that no state outlives an epoch.
func permutation(_ count: Int, using random: inout SeededRandom) -> [Int32] {
  var order = (0..<count).map { Int32($0) }
  random.shuffle(&order)
  return order
}
