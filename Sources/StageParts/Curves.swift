internal import Evaluation
public import StageKit
public import Tensors

extension StageContext {
  /// Writes the output `curves`.
  ///
  /// - Parameters:
  ///   - points: One a validated epoch.
  ///   - label: What was trained: the stage's name.
  ///   - metric: The validation metric's name.
  ///   - backbone: Which backbone it belongs to; empty for none.
  ///   - seed: The seed.
  /// - Throws: What writing throws.
  public func writeCurve(
    _ points: [CurvePoint], label: String, metric: String, backbone: String, seed: Int
  ) throws {
    let curve = TrainingCurve(
      label: label, metric: metric, backbone: backbone, seed: seed,
      epochs: points.map { Int32($0.epoch) }, loss: points.map(\.loss),
      validation: points.map(\.validation))
    try write(curve.artifact(), to: "curves")
  }
}
