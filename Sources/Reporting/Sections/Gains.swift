import Evaluation
import Foundations

extension Report {
  /// Forest plots: the full system against its baseline on every metric, then against every row.
  func gains() -> [HTML] {
    let content = tables.flatMap { table -> [HTML] in
      let byMetric = table.systems.map { system in
        ForestPlot(
          title: plotTitle("Gain of the full system over its best baseline", system),
          rows: table.metrics.compactMap { metric in
            samples.baseline(of: system, on: metric).flatMap { rival in
              row(system, rival, metric, label: "\(metric.rawValue) over \(rival.label)")
            }
          })
      }
      let byRow = table.systems.map { system in
        ForestPlot(
          title: plotTitle("Gain of the full system over every other row", system),
          rows: ranked(samples.rivals(of: system), on: table.headline).compactMap { rival in
            row(
              system, rival, table.headline, label: rival.label(besides: system.backbone)
            )
          })
      }
      return block("\(name(of: table)): over the better of backbone alone and IFT", byMetric, table)
        + block(
          "\(name(of: table)): \(table.headline.rawValue) over every other row, strongest first",
          byRow, table)
    }
    if content.isEmpty { return [] }
    return [
      tag(
        "p", ["class": "quiet"],
        "Points are gains of the full system in percent, whiskers their 95\u{202F}% confidence "
          + "intervals over users (the other side’s mean taken as given). Right of zero the full "
          + "system is better; a filled point is significant at p < 0.05. Plots side by side "
          + "share an axis; gains beyond \(Format.fixed(ForestPlot.limit, 0))\u{202F}% run off it.")
    ] + content
  }

  private func plotTitle(_ text: String, _ system: Samples.Row) -> String {
    "\(text), \(backboneLabel(system.backbone ?? ""))"
  }

  private func row(
    _ system: Samples.Row, _ rival: Samples.Row, _ metric: Metric, label: String
  ) -> ForestPlot.Row? {
    guard let comparison = samples.compare(system, with: rival, on: metric),
      let gain = comparison.improvementPercent, let interval = comparison.interval,
      let pValue = comparison.pValue
    else { return nil }
    return ForestPlot.Row(label: label, gain: gain, interval: interval, pValue: pValue)
  }

  private func ranked(_ rows: [Samples.Row], on metric: Metric) -> [Samples.Row] {
    let known = rows.enumerated().compactMap { index, row in
      samples[row, metric].map { (row: row, mean: $0.summary.mean, index: index) }
    }
    let sign = metric.higherIsBetter ? -1.0 : 1.0
    return known.sorted { (sign * $0.mean, $0.index) < (sign * $1.mean, $1.index) }.map(\.row)
  }

  private func block(_ title: String, _ plots: [ForestPlot], _ table: ResultTable) -> [HTML] {
    let domain = ForestPlot.domain(of: plots.flatMap(\.rows))
    let figures = zip(table.systems, plots).filter { !$1.rows.isEmpty }.map { system, plot in
      figure(backboneLabel(system.backbone ?? ""), [plot.svg(domain: domain)])
    }
    return figures.isEmpty ? [] : [tag("h3", title), tag("div", ["class": "charts"], figures)]
  }
}
