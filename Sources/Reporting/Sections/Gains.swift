import Evaluation
import Foundations

extension Report {
  /// Forest plots: the full system against its baseline on every metric, then against every row; those of all tasks
  /// side by side.
  func gains() -> [HTML] {
    let byMetric = tables.flatMap { table in
      figures(table) { system in
        ForestPlot(
          title: plotTitle("Gain of the full system over its best baseline", system),
          rows: rows(
            table.metrics.compactMap { metric in
              samples.baseline(of: system, on: metric).flatMap { rival in
                samples.compare(system, with: rival, on: metric).map {
                  ("\(metric.rawValue) over \(rival.label)", $0)
                }
              }
            }))
      }
    }
    let byRow = tables.flatMap { table in
      figures(table, metric: table.headline) { system in
        ForestPlot(
          title: plotTitle("Gain of the full system over every other row", system),
          rows: rows(
            ranked(samples.rivals(of: system), on: table.headline).compactMap { rival in
              samples.compare(system, with: rival, on: table.headline).map {
                (rival.label(besides: system.backbone), $0)
              }
            }))
      }
    }
    let content =
      block("Over the better of backbone alone and IFT", byMetric)
      + block("Over every other row, strongest first", byRow)
    if content.isEmpty { return [] }
    return [
      tag(
        "p", ["class": "quiet"],
        "Points are gains of the full system in percent, whiskers their 95\u{202F}% confidence "
          + "intervals over users (the other side’s mean taken as given). Right of zero the full "
          + "system is better; a filled point is significant at p < 0.05, adjusted for the comparisons of "
          + "its plot (Holm). Plots of one task "
          + "share an axis; gains beyond \(Format.fixed(ForestPlot.limit, 0))\u{202F}% run off it.")
    ] + content
  }

  private func plotTitle(_ text: String, _ system: Samples.Row) -> String {
    "\(text), \(backboneLabel(system.backbone ?? ""))"
  }

  /// The rows of one plot, each with its label.
  private func rows(_ comparisons: [(label: String, comparison: Comparison)]) -> [ForestPlot.Row] {
    zip(comparisons, comparisons.map(\.comparison).adjusted).compactMap { labelled, comparison in
      guard let comparison, let gain = comparison.improvementPercent,
        let interval = comparison.interval, let pValue = comparison.pValue
      else { return nil }
      return ForestPlot.Row(
        label: labelled.label, gain: gain, interval: interval, pValue: pValue,
        isSignificant: comparison.isSignificant)
    }
  }

  private func ranked(_ rows: [Samples.Row], on metric: Metric) -> [Samples.Row] {
    let known = rows.enumerated().compactMap { index, row in
      samples[row, metric].map { (row: row, mean: $0.summary.mean, index: index) }
    }
    let sign = metric.higherIsBetter ? -1.0 : 1.0
    return known.sorted { (sign * $0.mean, $0.index) < (sign * $1.mean, $1.index) }.map(\.row)
  }

  /// The plots of a table's systems, on one axis; those without a row are left out.
  private func figures(
    _ table: ResultTable, metric: Metric? = nil, _ plot: (Samples.Row) -> ForestPlot
  ) -> [HTML] {
    let plots = table.systems.map { ($0, plot($0)) }.filter { !$1.rows.isEmpty }
    let domain = ForestPlot.domain(of: plots.flatMap(\.1.rows))
    return plots.map { system, plot in
      let name = "\(name(of: table)), \(backboneLabel(system.backbone ?? ""))"
      return figure(
        metric.map { "\(name): \($0.rawValue)" } ?? name, [plot.svg(domain: domain)])
    }
  }

  private func block(_ title: String, _ figures: [HTML]) -> [HTML] {
    figures.isEmpty ? [] : [tag("h3", title), tag("div", ["class": "charts"], figures)]
  }
}
