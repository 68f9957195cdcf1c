import Evaluation

extension Report {
  /// The headline metric by quartile of N(u): where in the tail the gain lies.
  func activity() -> [HTML] {
    let methods: [Method] = [.base, .ift, .llama4rec]
    let figures = tables.flatMap { table in
      table.systems.compactMap { system in
        plot(system, table.headline, methods).map { plot in
          figure(
            caption(system.backbone, table.task, table.dataset, table.headline),
            [plot.svg()])
        }
      }
    }
    if figures.isEmpty { return [] }
    let legend = methods.enumerated().map { index, method in
      tag(
        "span",
        [tag("span", ["class": "swatch series\(index)"], []), .text(method.label)])
    }
    return [
      tag(
        "p", ["class": "quiet"],
        "Users in quarters by their number of training interactions N(u), least active first; "
          + "users with equal N(u) stay together. Below the bars: the range of N(u), the users, "
          + "and the gain of the full system over the backbone alone."),
      tag("p", ["class": "legend"], legend),
      tag("div", ["class": "charts"], figures),
    ]
  }

  private func plot(
    _ system: Samples.Row, _ metric: Metric, _ methods: [Method]
  ) -> BarPlot? {
    let rows = methods.map { method in
      var row = system
      row.method = method
      return row
    }
    guard let users = samples[system, metric]?.users, let counts = interactions(of: system)
    else { return nil }
    let groups = ActivityGroups(interactions: users.map { counts[$0] ?? 0 }).groups
    return BarPlot(
      title: "\(metric.rawValue) by user activity, \(backboneLabel(system.backbone ?? ""))",
      metric: metric.rawValue, methods: methods.map(\.label),
      groups: groups.map { group in
        let values = rows.map { row -> Double? in
          guard let sample = samples[row, metric], sample.users == users else { return nil }
          return metric.summary(
            ofMean: meanAndSpread(group.members.map { sample.perUser[$0] }).mean)
        }
        return BarPlot.Group(
          label: label(group.interactions), users: group.members.count, values: values,
          gain: gain(values, metric))
      })
  }

  /// N(u) by user, as the first seed saw it.
  private func interactions(of row: Samples.Row) -> [Int32: Int32]? {
    let run = metrics.first {
      $0.dataset == row.dataset && $0.task == row.task && $0.backbone == row.backbone
    }
    return run.map { Dictionary(uniqueKeysWithValues: zip($0.users, $0.interactions)) }
  }

  private func label(_ range: ClosedRange<Int32>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
  }

  private func gain(_ values: [Double?], _ metric: Metric) -> Double? {
    guard let base = values[0], let system = values[values.count - 1], base > 0 else { return nil }
    return (system - base) / base * (metric.higherIsBetter ? 100 : -100)
  }
}
