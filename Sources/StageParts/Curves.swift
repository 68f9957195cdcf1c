internal import Artifacts
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
    var curves = Artifact(
      schema: "curves",
      metadata: ["label": label, "metric": metric, "backbone": backbone, "seed": "\(seed)"])
    curves.set("epochs", int32s: points.map { Int32($0.epoch) })
    curves.set("loss", floats: points.map(\.loss))
    curves.set("validation", floats: points.map(\.validation))
    try write(curves, to: "curves")
  }
}
