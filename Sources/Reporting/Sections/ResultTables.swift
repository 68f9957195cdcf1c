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
    return "\(mean); \(table.headline.higherIsBetter ? "higher" : "lower") is better."
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
          cell(result(row, metric), best: best[metric], top: top[metric])
        }
        return tag(
          "tr", ["class": row.method == .llama4rec ? "full" : "part"],
          [tag("th", ["scope": "row"], row.label)] + cells)
      }
      return tag("tbody", [heading] + lines)
    }
  }

  private func bestMeans(_ rows: [Samples.Row], _ metrics: [Metric]) -> [Metric: Double] {
    var best: [Metric: Double] = [:]
    for metric in metrics {
      let row = samples.best(rows, on: metric)
      best[metric] = row.flatMap { result($0, metric)?.mean }
    }
    return best
  }

  private func cell(_ result: ResultRow?, best: Double?, top: Double?) -> HTML {
    guard let result else { return tag("td", ["class": "number"], "–") }
    let mean = Format.fixed(result.mean, 4)
    let isBest = result.mean == best
    var content: [HTML] = [isBest ? tag("strong", mean) : .text(mean)]
    if let spread = result.std {
      content.append(tag("span", ["class": "spread"], " ± \(Format.fixed(spread, 4))"))
    }
    if let gain = result.improvementPercent {
      let sure = (result.pValue ?? 1) < 0.05
      let p = result.pValue.map { ", " + Format.pStatement($0) } ?? ""
      content.append(
        tag("small", ["class": sure ? (gain > 0 ? "good" : "bad") : "quiet"], Format.gain(gain) + p)
      )
    }
    if let published = result.published {
      content.append(tag("small", "paper \(Format.fixed(published, 4))"))
    }
    let style = "number" + (isBest ? " best" : "") + (result.mean == top ? " top" : "")
    return tag("td", ["class": style], content)
  }
}
