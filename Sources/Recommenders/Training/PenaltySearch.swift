internal import Evaluation
internal import Tensors

/// A model in closed form with one number that validation chooses: a penalty λ or a shrinkage.
protocol PenaltySearch: Backbone {
  /// `penalties` is the grid, not empty.
  var configuration: BackboneConfiguration { get }

  /// Computes the model from train for one value of the number; throws `BackboneError`.
  mutating func solve(penalty: Float) throws
}

extension PenaltySearch {
  /// Solves for each number of the grid, and again for the best unless it was the last.
  ///
  /// - Parameters:
  ///   - run: Its monitor hears of each trial.
  ///   - validate: The metric of a solved model; nil takes the first number of the grid untried.
  /// - Returns: One point a trial, and the configuration with nothing but the best in its grid.
  /// - Throws: What `solve` and `validate` throw.
  mutating func fit(_ run: TrainingRun, validate: ((Self) throws -> Float)?) throws -> Fit {
    let higherIsBetter = Self.name.task.validationMetric.higherIsBetter
    let penalties = configuration.penalties
    var best = (penalty: penalties[0], metric: Float?.none)
    var curve: [CurvePoint] = []
    if let validate {
      for (index, penalty) in penalties.enumerated() {
        try solve(penalty: penalty)
        let metric = try validate(self)
        curve.append(CurvePoint(epoch: index + 1, loss: 0, validation: metric))
        run.monitor.report(
          done: index + 1, total: penalties.count, message: "penalty \(penalty): \(metric)")
        if best.metric.map({ higherIsBetter ? metric > $0 : metric < $0 }) ?? true {
          best = (penalty, metric)
        }
      }
    }
    if validate == nil || best.penalty != penalties.last {
      try solve(penalty: best.penalty)
    }
    var chosen = configuration
    chosen.penalties = [best.penalty]
    return Fit(curve: curve, chosen: chosen)
  }
}
