import ArgumentParser
import Evaluation
import Foundation
import Foundations
import Reporting

/// `benchmarks backbone-table`: the tables of docs/results-backbones.md.
struct BackboneTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backbone-table",
    abstract: "Prints each model beside its published value and what other libraries reach.",
    discussion: """
      Reads what `llama4rec results --format json` printed after a run of Benchmarks/backbones.yaml, \
      and the figures of other libraries from Benchmarks/peers/figures.csv.
      """)

  private static let titles = ["ml-100k": "MovieLens 100K", "ml-1m": "MovieLens 1M"]

  @Argument(help: "Files with the rows of `llama4rec results --format json`.")
  var results: [String]

  @Option(help: "What other libraries reach.")
  var peers = "Benchmarks/peers/figures.csv"

  func run() throws {
    let rows = try results.flatMap { path in
      do {
        return try JSONDecoder().decode(
          [ResultRow].self, from: Data(contentsOf: URL(filePath: path)))
      } catch {
        throw ValidationError(
          "\(path): expected the rows that `llama4rec results --format json` prints; \(error)")
      }
    }
    let figures = try PeerFigure.read(peers)
    for dataset in distinct(rows.map(\.dataset)) {
      for task in RecommendationTask.allCases {
        let section = rows.filter {
          $0.dataset == dataset && $0.task == task && ($0.method == .base || $0.backbone == nil)
        }
        let metrics = task == .rating ? Metric.rating : Metric.ranking
        if section.isEmpty { continue }
        print("\n## \(Self.titles[dataset] ?? dataset), \(task.rawValue)\n")
        print("| model | from | seeds | " + metrics.map(\.rawValue).joined(separator: " | ") + " |")
        print("|---|---|---:|" + metrics.map { _ in "---:|" }.joined())
        for model in distinct(section.map { $0.backbone ?? $0.method.rawValue }) {
          let own = section.filter { ($0.backbone ?? $0.method.rawValue) == model }
          for line in lines(of: model, own, metrics, figures) { print(line) }
        }
      }
    }
  }

  /// Our own line, the paper's where it has the model, and one for each library.
  private func lines(
    of model: String, _ rows: [ResultRow], _ metrics: [Metric], _ figures: [PeerFigure]
  ) -> [String] {
    func line(_ from: String, seeds: String, _ value: (Metric) -> String?) -> String {
      "| \(from == "here" ? "`\(model)`" : "") | \(from) | \(seeds) | "
        + metrics.map { value($0) ?? "" }.joined(separator: " | ") + " |"
    }
    func row(_ metric: Metric) -> ResultRow? { rows.first { $0.metric == metric } }
    var lines = [
      line("here", seeds: "\(rows[0].seeds)") { metric in
        row(metric).map { row in
          "**\(text(row.mean))**" + (row.std.map { " ± \(text($0))" } ?? "")
        }
      }
    ]
    if rows.contains(where: { $0.published != nil }) {
      lines.append(line("paper", seeds: "") { row($0)?.published.map(text) })
    }
    for figure in figures
    where figure.model == model && figure.dataset == rows[0].dataset
      && figure.task == rows[0].task.rawValue
    {
      lines.append(line(figure.peer, seeds: "1") { figure.values[$0.rawValue].map(text) })
    }
    return lines
  }

  private func text(_ value: Double) -> String { String(format: "%.4f", value) }
}

/// What another library reaches with one model.
private struct PeerFigure {
  var dataset: String
  var task: String
  var model: String
  var peer: String
  /// By name of the metric.
  var values: [String: Double]

  static func read(_ path: String) throws -> [PeerFigure] {
    let lines = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let header = lines.first?.map(String.init) ?? []
    return try lines.enumerated().dropFirst().map { number, cells in
      guard cells.count == header.count, header.count > 4 else {
        throw ValidationError(
          "\(path):\(number + 1): found \(cells.count) cells, expected \(header.count)")
      }
      let values = zip(header, cells).dropFirst(4).compactMap { name, cell in
        Double(cell).map { (name, $0) }
      }
      return PeerFigure(
        dataset: String(cells[0]), task: String(cells[1]), model: String(cells[2]),
        peer: String(cells[3]), values: Dictionary(uniqueKeysWithValues: values))
    }
  }
}

private func distinct(_ names: [String]) -> [String] {
  var seen: Set<String> = []
  return names.filter { seen.insert($0).inserted }
}
