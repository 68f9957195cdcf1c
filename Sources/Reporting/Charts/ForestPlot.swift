import Foundations

/// Gains with their confidence intervals around a line at zero.
struct ForestPlot {
  struct Row {
    var label: String
    /// Percent.
    var gain: Double
    /// Percent.
    var interval: ClosedRange<Double>
    var pValue: Double

    /// After adjusting for the other rows.
    var isSignificant: Bool
  }

  var title: String
  var rows: [Row]

  private static let width = 360.0
  private static let rowHeight = 38.0

  /// Gains beyond this many percent run off the axis: one weak rival must not flatten the rest.
  static let limit = 60.0

  /// The range that holds zero and every interval within the limit, for plots that share an axis.
  static func domain(of rows: [Row]) -> ClosedRange<Double> {
    let low = rows.map(\.interval.lowerBound).min() ?? 0
    let high = rows.map(\.interval.upperBound).max() ?? 0
    return max(min(low, 0), -limit)...min(max(high, 0), limit)
  }

  func svg(domain: ClosedRange<Double>) -> HTML {
    let scale = Scale(domain, from: 10, to: Self.width - 10)
    let bottom = Double(rows.count) * Self.rowHeight + 4
    let ticks = scale.ticks(4)
    var shapes: [HTML] = []
    for tick in ticks.values {
      shapes += [
        line("grid", scale(tick), 4, scale(tick), bottom),
        label(
          Format.fixed(tick, ticks.decimals), scale(tick), bottom + 15, .middle, style: "axis"),
      ]
    }
    shapes.append(line("zero", scale(0), 4, scale(0), bottom))
    for (index, row) in rows.enumerated() {
      shapes += marks(row, top: Double(index) * Self.rowHeight + 4, scale)
    }
    shapes.append(
      label("gain in percent", Self.width / 2, bottom + 31, .middle, style: "axis"))
    return chart(
      width: Self.width, height: bottom + 38, title: title,
      description: rows.map(describe).joined(separator: "; "), shapes)
  }

  private func marks(_ row: Row, top: Double, _ scale: Scale) -> [HTML] {
    let y = top + 27
    let strength = row.isSignificant ? "sure" : "unsure"
    let text = top + 14
    let low = min(max(row.interval.lowerBound, scale.domain.lowerBound), scale.domain.upperBound)
    let high = min(max(row.interval.upperBound, scale.domain.lowerBound), scale.domain.upperBound)
    var shapes = [
      label(row.label, 4, text, style: "halo"),
      label(
        "\(Format.gain(row.gain)), \(Format.pStatement(row.pValue))", Self.width - 4, text, .end,
        style: "halo \(strength)"),
      line("whisker", scale(low), y, scale(high), y),
    ]
    // An interval that lies off the axis as a whole has an arrowhead alone.
    if row.interval.lowerBound <= high {
      shapes.append(end(scale(low), y, runsOffBy: low > row.interval.lowerBound ? -1 : 0))
    }
    if row.interval.upperBound >= low {
      shapes.append(end(scale(high), y, runsOffBy: high < row.interval.upperBound ? 1 : 0))
    }
    if scale.domain.contains(row.gain) {
      shapes.append(
        tag(
          "circle",
          [
            "class": "dot \(strength)", "cx": coordinate(scale(row.gain)), "cy": coordinate(y),
            "r": "4.5",
          ], []))
    }
    return shapes
  }

  /// The end of a whisker: a bar, or an arrowhead to the left (−1) or right (1) off the axis.
  private func end(_ x: Double, _ y: Double, runsOffBy direction: Double) -> HTML {
    if direction == 0 { return line("whisker", x, y - 4, x, y + 4) }
    let (back, tip) = (coordinate(x), coordinate(x + 8 * direction))
    let points = "\(back),\(coordinate(y - 5)) \(tip),\(coordinate(y)) \(back),\(coordinate(y + 5))"
    return tag("polyline", ["class": "dot", "points": points], [])
  }

  private func describe(_ row: Row) -> String {
    "\(row.label): \(Format.gain(row.gain)), 95\u{202F}% interval "
      + "\(Format.signed(row.interval.lowerBound)) to \(Format.signed(row.interval.upperBound)), "
      + Format.pStatement(row.pValue)
  }
}
