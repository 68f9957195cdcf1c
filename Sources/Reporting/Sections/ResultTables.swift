import Evaluation
import Foundations

extension Report {
  /// One table a task: methods by metrics, each cell with spread, gain, p and the paper's value.
  func resultTables() -> [HTML] {
    if tables.isEmpty { return [] }
    return [tag("p", ["class": "quiet"], explanation)]
      + tables.flatMap { table in
        [
          tag("h3", name(of: table)),
          scrollingTable(
            name(of: table), [tag("caption", caption(table)), head(table)] + bodies(table)),
        ]
      }
  }

  private func caption(_ table: ResultTable) -> String {
    let rows = results.filter { $0.dataset == table.dataset && $0.task == table.task }
    let seeds = rows.map(\.seeds).max() ?? 0
    let mean = seeds > 1 ? "Mean ± deviation over \(seeds) seeds" : "One seed"
    let comparisons = rows.count { $0.pValue != nil }
    return
      "\(mean); \(table.headline.higherIsBetter ? "higher" : "lower") is better. The table holds "
      + "\(comparisons) comparisons; a gain is coloured where its p-value, adjusted for all of them "
      + "(Holm), is below 0.05."
  }

  private var explanation: String {
    "Below each mean stands the gain over the better of backbone alone and IFT (for IFT and the "
      + "language model alone: over the backbone) with the p-value of a paired test over users"
      + (results.contains { $0.published != nil }
        ? ", and the value that the paper published. " : ". ")
      + "Bold: best of its block; shaded: best of the column."
  }

  private func head(_ table: ResultTable) -> HTML {
    let names = table.metrics.map {
      tag("th", ["scope": "col", "class": "number"], $0.rawValue)
    }
    return tag("thead", [tag("tr", [tag("th", ["scope": "col"], "Method")] + names)])
  }

  private func bodies(_ table: ResultTable) -> [HTML] {
    let top = bestMeans(table.rows, table.metrics)
    let sure = significant(table)
    return table.backbones.map { backbone in
      let rows = table.rows.filter { $0.backbone == backbone }
      let best = bestMeans(rows, table.metrics)
      let heading = tag(
        "tr",
        [
          tag(
            "th", ["scope": "rowgroup", "colspan": "\(table.metrics.count + 1)"],
            backbone.map(backboneLabel) ?? "Simple baselines")
        ])
      let lines = rows.map { row in
        let cells = table.metrics.map { metric in
          cell(
            result(row, metric), best: best[metric], top: top[metric],
            isSure: sure.contains([row.label(besides: nil), metric.rawValue]))
        }
        return tag(
          "tr", ["class": row.method == .llama4rec ? "full" : "part"],
          [tag("th", ["scope": "row"], row.label)] + cells)
      }
      return tag("tbody", [heading] + lines)
    }
  }

  /// The cells whose adjusted p-value is below 0.05, by row and metric.
  private func significant(_ table: ResultTable) -> Set<[String]> {
    var cells: [[String]] = []
    var pValues: [Double] = []
    for row in table.rows {
      for metric in table.metrics {
        guard let p = result(row, metric)?.pValue else { continue }
        cells.append([row.label(besides: nil), metric.rawValue])
        pValues.append(p)
      }
    }
    return Set(zip(cells, holmAdjusted(pValues)).filter { $0.1 < 0.05 }.map(\.0))
  }

  private func bestMeans(_ rows: [Samples.Row], _ metrics: [Metric]) -> [Metric: Double] {
    var best: [Metric: Double] = [:]
    for metric in metrics {
      let row = samples.best(rows, on: metric)
      best[metric] = row.flatMap { result($0, metric)?.mean }
    }
    return best
  }

  private func cell(
    _ result: ResultRow?, best: Double?, top: Double?, isSure: Bool
  ) -> HTML {
    guard let result else { return tag("td", ["class": "number"], "–") }
    let mean = Format.fixed(result.mean, 4)
    let isBest = result.mean == best
    var content: [HTML] = [isBest ? tag("strong", mean) : .text(mean)]
    if let spread = result.std {
      content.append(tag("span", ["class": "spread"], " ± \(Format.fixed(spread, 4))"))
    }
    if let gain = result.improvementPercent {
      let p = result.pValue.map { ", " + Format.pStatement($0) } ?? ""
      content.append(
        tag(
          "small", ["class": isSure ? (gain > 0 ? "good" : "bad") : "quiet"], Format.gain(gain) + p)
      )
    }
    if let published = result.published {
      content.append(tag("small", "paper \(Format.fixed(published, 4))"))
    }
    let style = "number" + (isBest ? " best" : "") + (result.mean == top ? " top" : "")
    return tag("td", ["class": style], content)
  }
}
