import Evaluation
import Foundations

/// Decides whether new lists may take the place of the published ones.
public struct Gate: Sendable {
  /// How much worse they may measure: a share of the published figure.
  public var tolerance: Double

  /// What the gate finds; only `worse` holds lists back.
  public enum Verdict: Sendable, Equatable {
    /// Nothing is published.
    case first
    /// Another metric, task or data set: the two figures mean different things.
    case incomparable
    case noWorse
    case worse
  }

  public init(tolerance: Double) { self.tolerance = tolerance }

  /// Compares what new lists measure with what the published ones did.
  ///
  /// - Parameters:
  ///   - new: The figures of the new lists.
  ///   - old: Those of the published ones; nil where there are none.
  /// - Returns: What holds them back, if anything does.
  public func judge(_ new: PublishedEvaluation, after old: PublishedEvaluation?) -> Verdict {
    guard let old else { return .first }
    guard new.metric == old.metric, new.task == old.task, new.dataset == old.dataset else {
      return .incomparable
    }
    let isWorse =
      new.metric.higherIsBetter
      ? new.mean < old.mean * (1 - tolerance) : new.mean > old.mean * (1 + tolerance)
    return isWorse ? .worse : .noWorse
  }
}
