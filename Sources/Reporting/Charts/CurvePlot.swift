import Evaluation
import Foundations

/// A training: its loss above its validation metric, one line for each seed.
struct CurvePlot {
  var title: String
  var metric: String
  /// Whether a larger validation value is better; nil leaves the best epoch unmarked.
  var higherIsBetter: Bool?
  var curves: [TrainingCurve]

  private static let width = 300.0
  private static let left = 46.0

  private typealias Points = [(epoch: Double, value: Double)]

  func svg() -> HTML {
    let loss = curves.map { points($0, $0.loss) }
    let validation = curves.map { points($0, $0.validation) }
    let epochs = (loss + validation).joined().map(\.epoch)
    guard let first = epochs.min(), let last = epochs.max() else {
      return tag("p", ["class": "quiet"], "No epoch was measured.")
    }
    let x = Scale(first...last, from: Self.left, to: Self.width - 8)
    var shapes: [HTML] = []
    var y = 0.0
    var sentences: [String] = []
    for (name, lines, best) in [
      ("training loss", loss, nil), ("validation \(metric)", validation, higherIsBetter),
    ] where lines.contains(where: { !$0.isEmpty }) {
      shapes += panel(name, lines, top: y, x, marking: best)
      sentences.append(describe(name, lines))
      y += 100
    }
    for epoch in first == last ? [first] : [first, last] {
      shapes.append(
        label(
          Format.fixed(epoch, 0), x(epoch), y + 10, epoch == last ? .end : .start, style: "axis"))
    }
    shapes.append(label("epoch", (Self.left + Self.width) / 2, y + 10, .middle, style: "axis"))
    return chart(
      width: Self.width, height: y + 16, title: title,
      description: sentences.joined(separator: " "), shapes)
  }

  private func points(_ curve: TrainingCurve, _ values: [Float]) -> Points {
    zip(curve.epochs, values).filter { $0.1.isFinite }.map { (Double($0.0), Double($0.1)) }
  }

  private func panel(
    _ name: String, _ lines: [Points], top: Double, _ x: Scale, marking higherIsBetter: Bool?
  ) -> [HTML] {
    let values = lines.joined().map(\.value)
    let domain = (values.min() ?? 0)...(values.max() ?? 0)
    let y = Scale(domain, from: top + 90, to: top + 22)
    let ticks = y.ticks(3)
    var shapes = [label(name, Self.left, top + 13, style: "sure")]
    for tick in ticks.values {
      shapes += [
        line("grid", Self.left, y(tick), Self.width - 8, y(tick)),
        label(
          Format.fixed(tick, ticks.decimals), Self.left - 6, y(tick) + 4, .end, style: "axis"),
      ]
    }
    for points in lines where !points.isEmpty {
      let path = points.map { "\(coordinate(x($0.epoch))),\(coordinate(y($0.value)))" }
      shapes.append(
        tag("polyline", ["class": "curve", "points": path.joined(separator: " ")], []))
    }
    guard let higherIsBetter else { return shapes }
    for points in lines {
      let best = points.max {
        higherIsBetter ? $0.value < $1.value : $0.value > $1.value
      }
      guard let best else { continue }
      shapes.append(
        tag(
          "circle",
          [
            "class": "dot sure", "cx": coordinate(x(best.epoch)), "cy": coordinate(y(best.value)),
            "r": "3",
          ], []))
    }
    return shapes
  }

  private func describe(_ name: String, _ lines: [Points]) -> String {
    let ends = lines.compactMap { points in
      points.last.map { "\(Format.fixed($0.value, 4)) at epoch \(Format.fixed($0.epoch, 0))" }
    }
    return "\(name) ends at \(ends.joined(separator: ", "))."
  }
}
