import Evaluation
import Foundations

extension Report {
  /// How many test items each side lists: what candidates from both sides can find at best.
  func candidates() -> [HTML] {
    let listings = tables.flatMap { table in
      table.systems.compactMap { system -> (table: ResultTable, system: Samples.Row, [Listed])? in
        let runs = metrics.filter {
          $0.dataset == system.dataset && $0.task == system.task && $0.backbone == system.backbone
            && !$0.listed.byBackbone.isEmpty
        }
        return runs.isEmpty ? nil : (table, system, runs.map(\.listed))
      }
    }
    if listings.isEmpty { return [] }
    let heading = ["Backbone", "Task", "Each lists", "Backbone", "Language model", "Either"]
    let head = heading.enumerated().map { index, name in
      tag("th", ["scope": "col", "class": index < 2 ? "" : "number"], name)
    }
    let lines = listings.map { table, system, seeds in
      let found = [
        seeds.map { share($0.byBackbone) }, seeds.map { share($0.byLanguageModel) },
        seeds.map { share(zip($0.byBackbone, $0.byLanguageModel).map { $0 || $1 }) },
      ].map { Format.fixed(meanAndSpread($0).mean * 100, 1) + "\u{202F}%" }
      let cells = [name(of: table), "\(seeds[0].length)"] + found
      return tag(
        "tr",
        [tag("th", ["scope": "row"], backboneLabel(system.backbone ?? ""))]
          + cells.enumerated().map { index, text in
            tag("td", ["class": index < 1 ? "" : "number"], text)
          })
    }
    let title = "Recall of the candidates"
    return [
      tag(
        "p", ["class": "quiet"],
        "The share of test users whose item is among the first that a side lists, averaged over the seeds. "
          + "Nobody can rank what is not a candidate."),
      scrollingTable(title, [tag("thead", [tag("tr", head)]), tag("tbody", lines)]),
    ]
  }

  private func share(_ flags: [Bool]) -> Double {
    flags.isEmpty ? 0 : Double(flags.count { $0 }) / Double(flags.count)
  }
}
