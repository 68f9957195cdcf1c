import Evaluation
import Foundations

extension Report {
  /// The headline metric by quartile of N(u): where in the tail of the users the gain lies.
  func activity() -> [HTML] {
    groups(
      by: \.interactions, name: "user activity",
      explanation:
        "Users in quarters by their number of training interactions N(u), least active first; "
        + "users with equal N(u) stay together. Below the bars: the range of N(u), the users, α as they "
        + "have it on average, and the gain of the full system over the backbone alone with its 95 % "
        + "interval.")
  }

  /// The headline metric by quartile of the test items' popularity: what the gain is for rare items.
  func popularity() -> [HTML] {
    groups(
      by: \.popularity, name: "popularity of the test item",
      explanation:
        "Users in quarters by how many training interactions their test item has, rarest first. "
        + "Below the bars: that range, the users, α as they have it on average, and the gain of the full "
        + "system over the backbone alone with its 95 % interval.")
  }

  private func groups(
    by count: KeyPath<UserMetrics, [Int32]>, name: String, explanation: String
  ) -> [HTML] {
    let methods: [Method] = [.base, .ift, .llama4rec]
    let figures = tables.flatMap { table in
      table.systems.compactMap { system in
        plot(system, table.headline, methods, by: count, name: name).map { plot in
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
      tag("p", ["class": "quiet"], explanation),
      tag("p", ["class": "legend"], legend),
      tag("div", ["class": "charts"], figures),
    ]
  }

  private func plot(
    _ system: Samples.Row, _ metric: Metric, _ methods: [Method],
    by count: KeyPath<UserMetrics, [Int32]>, name: String
  ) -> BarPlot? {
    let rows = methods.map { method in
      var row = system
      row.method = method
      return row
    }
    guard let users = samples[system, metric]?.users,
      let counts = values(of: system, count).first
    else { return nil }
    let weights = values(of: system, \.weights)
    let groups = QuantileGroups(of: users.map { counts[$0] ?? 0 }).groups
    return BarPlot(
      title: "\(metric.rawValue) by \(name), \(backboneLabel(system.backbone ?? ""))",
      metric: metric.rawValue, methods: methods.map(\.label),
      groups: groups.map { group in
        let members = group.members.map { users[$0] }
        let comparison = samples.compare(system, with: rows[0], on: metric, among: members)
        return BarPlot.Group(
          label: label(group.range), users: members.count,
          weight: weights.isEmpty
            ? nil
            : meanAndSpread(
              weights.flatMap { seed in members.compactMap { seed[$0].map(Double.init) } }
            )
            .mean,
          values: rows.map { samples.mean(of: $0, metric, among: members) },
          gain: comparison?.improvementPercent, interval: comparison?.interval)
      })
  }

  /// A number of each test user, from every seed that has it.
  private func values<Value>(
    of row: Samples.Row, _ column: KeyPath<UserMetrics, [Value]>
  ) -> [[Int32: Value]] {
    metrics.filter {
      $0.dataset == row.dataset && $0.task == row.task && $0.backbone == row.backbone
        && !$0[keyPath: column].isEmpty
    }.map { Dictionary(uniqueKeysWithValues: zip($0.users, $0[keyPath: column])) }
  }

  private func label(_ range: ClosedRange<Int32>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
  }
}
