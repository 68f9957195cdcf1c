import Foundations

/// One metric in bars from zero: groups of users along the axis, a bar for each method in a group.
struct BarPlot {
  struct Group {
    /// What the group holds, such as `4–12`.
    var label: String
    var users: Int
    /// The language model's weight α in the full system, averaged; nil without one.
    var weight: Double?
    /// One value for each method; nil where it was not measured.
    var values: [Double?]
    /// Gain of the full system over the first method, in percent.
    var gain: Double?
    /// Its 95 % confidence interval.
    var interval: ClosedRange<Double>?
  }

  var title: String
  var metric: String
  /// Names of the methods; their position picks the colour.
  var methods: [String]
  var groups: [Group]

  private static let size = (width: 360.0, height: 264.0)

  func svg() -> HTML {
    let top = 16.0
    let bottom = 170.0
    let left = 44.0
    let high = groups.flatMap(\.values).compactMap { $0 }.max() ?? 0
    let scale = Scale(0...(high > 0 ? high : 1), from: bottom, to: top)
    let ticks = scale.ticks(3)
    var shapes: [HTML] = []
    for tick in ticks.values {
      shapes += [
        line("grid", left, scale(tick), Self.size.width, scale(tick)),
        label(Format.fixed(tick, ticks.decimals), left - 6, scale(tick) + 4, .end, style: "axis"),
      ]
    }
    let width = (Self.size.width - left) / Double(max(groups.count, 1))
    for (index, group) in groups.enumerated() {
      let x = left + Double(index) * width
      shapes += bars(group, x: x, width: width, scale)
      let lines = [
        (group.label, "axis"), (Format.users(group.users), "axis"),
        (group.weight.map { "α \(Format.fixed($0, 2))" } ?? "", "axis"),
        (group.gain.map(Format.gain) ?? "–", "sure"),
        (group.interval.map(Format.interval) ?? "", "axis"),
      ].filter { !$0.0.isEmpty }
      for (line, (text, style)) in lines.enumerated() {
        shapes.append(
          label(text, x + width / 2, bottom + 17 + Double(line) * 16, .middle, style: style))
      }
    }
    shapes.append(line("zero", left, bottom, Self.size.width, bottom))
    return chart(
      width: Self.size.width, height: Self.size.height, title: title,
      description: groups.map(describe).joined(separator: "; "), shapes)
  }

  private func bars(_ group: Group, x: Double, width: Double, _ scale: Scale) -> [HTML] {
    let bar = min(width * 0.8 / Double(max(methods.count, 1)), 28)
    let start = x + (width - bar * Double(methods.count)) / 2
    var shapes: [HTML] = []
    for (index, value) in group.values.enumerated() {
      guard let value else { continue }
      shapes.append(
        tag(
          "rect",
          [
            "class": "series\(index)", "x": coordinate(start + Double(index) * bar + 1),
            "y": coordinate(scale(value)), "width": coordinate(bar - 2),
            "height": coordinate(scale.start - scale(value)),
          ], []))
    }
    return shapes
  }

  private func describe(_ group: Group) -> String {
    let values = zip(methods, group.values).map { method, value in
      "\(method) \(value.map { Format.fixed($0, 4) } ?? "not measured")"
    }
    return "\(group.label) interactions, \(Format.users(group.users)), \(metric): "
      + values.joined(separator: ", ")
      + (group.weight.map { ", α \(Format.fixed($0, 2))" } ?? "")
      + (group.gain.map { ", gain \(Format.gain($0))" } ?? "")
      + (group.interval.map { " (\(Format.interval($0)))" } ?? "")
  }
}
