import Foundations

/// A validation metric over the grid of α₁ (rows) and α₂ (columns).
struct HeatMap {
  var title: String
  /// Name of the metric in the cells.
  var metric: String
  var higherIsBetter: Bool
  var rows: [Float]
  var columns: [Float]
  /// Row-major, rows × columns.
  var values: [Double]
  /// How many seeds chose each cell, row-major.
  var chosen: [Int]

  private static let cell = (width: 56.0, height: 34.0)
  private static let margin = (left: 52.0, top: 40.0)

  func svg() -> HTML {
    let low = values.min() ?? 0
    let high = values.max() ?? 0
    var shapes = [
      label(
        "α₂", Self.margin.left + Double(columns.count) * Self.cell.width / 2, 14, .middle,
        style: "axis"),
      label(
        "α₁", 4, Self.margin.top + Double(rows.count) * Self.cell.height / 2 + 4, style: "axis"),
    ]
    for (column, alpha) in columns.enumerated() {
      let x = Self.margin.left + (Double(column) + 0.5) * Self.cell.width
      shapes.append(label(number(alpha), x, 32, .middle, style: "axis"))
    }
    for (row, alpha) in rows.enumerated() {
      let y = Self.margin.top + (Double(row) + 0.5) * Self.cell.height + 4
      shapes.append(label(number(alpha), Self.margin.left - 8, y, .end, style: "axis"))
    }
    for index in values.indices {
      let share = high > low ? (values[index] - low) / (high - low) : 0.5
      shapes += cell(index, strength: higherIsBetter ? share : 1 - share)
    }
    // Outlines come last, so that no neighbour covers them.
    for index in values.indices where chosen[index] > 0 { shapes.append(outline(index)) }
    return chart(
      width: Self.margin.left + Double(columns.count) * Self.cell.width + 4,
      height: Self.margin.top + Double(rows.count) * Self.cell.height + 4, title: title,
      description: description(low, high), shapes)
  }

  private func origin(_ index: Int) -> (x: Double, y: Double) {
    (
      Self.margin.left + Double(index % columns.count) * Self.cell.width,
      Self.margin.top + Double(index / columns.count) * Self.cell.height
    )
  }

  private func cell(_ index: Int, strength: Double) -> [HTML] {
    let (x, y) = origin(index)
    return [
      tag(
        "rect",
        [
          "class": "heat", "x": coordinate(x + 1), "y": coordinate(y + 1),
          "width": coordinate(Self.cell.width - 2), "height": coordinate(Self.cell.height - 2),
          "fill-opacity": Format.fixed(0.05 + 0.45 * strength, 2),
        ], []),
      label(
        Format.fixed(values[index], 4), x + Self.cell.width / 2, y + Self.cell.height / 2 + 4,
        .middle, style: chosen[index] > 0 ? "cell sure" : "cell"),
    ]
  }

  private func outline(_ index: Int) -> HTML {
    let (x, y) = origin(index)
    return tag(
      "rect",
      [
        "class": "chosen", "x": coordinate(x + 1), "y": coordinate(y + 1),
        "width": coordinate(Self.cell.width - 2), "height": coordinate(Self.cell.height - 2),
      ], [])
  }

  private func description(_ low: Double, _ high: Double) -> String {
    let cells = values.indices.filter { chosen[$0] > 0 }.map { index in
      "α₁ \(number(rows[index / columns.count])) and α₂ \(number(columns[index % columns.count])) "
        + "(\(Format.fixed(values[index], 4)), \(chosen[index]) "
        + (chosen[index] == 1 ? "seed)" : "seeds)")
    }
    return "\(metric) on validation from \(Format.fixed(low, 4)) to \(Format.fixed(high, 4))"
      + (cells.isEmpty ? "." : "; chosen: " + cells.joined(separator: ", ") + ".")
  }

  private func number(_ alpha: Float) -> String { "\(alpha)" }
}
