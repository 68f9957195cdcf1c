public import Evaluation
import Foundations

/// The report of a run: one self-contained HTML page, inline SVG, no script and no network.
///
/// The page is well-formed XML too, follows the reader's light or dark setting, and holds no date
/// or path: the same numbers give the same bytes.
public struct Report: Sendable {
  /// Where the runner inserts the stage times and bytes; it occurs exactly once in the page.
  public static let runRecordMarker = "<!--run-record-->"

  let title: String
  let profile: String
  let results: [ResultRow]
  let metrics: [UserMetrics]
  let curves: [TrainingCurve]
  let leftOut: [String]
  let samples: Samples

  /// A report on one run.
  ///
  /// - Parameters:
  ///   - title: Heading of the page.
  ///   - profile: Name of the run's profile.
  ///   - results: What ``makeResults(profile:metrics:baselines:published:)`` gave for the same
  ///     metrics and baselines.
  ///   - metrics: One for each task, backbone and seed.
  ///   - baselines: The simple baselines.
  ///   - curves: All trainings of the run; may be empty.
  ///   - leftOut: Why simple baselines are missing, a sentence each.
  public init(
    title: String = "Llama4Rec", profile: String, results: [ResultRow], metrics: [UserMetrics],
    baselines: [BaselineMetrics] = [], curves: [TrainingCurve] = [], leftOut: [String] = []
  ) {
    self.title = title
    self.profile = profile
    self.results = results
    self.metrics = metrics.sorted {
      ($0.dataset, $0.task.order, $0.backbone, $0.seed)
        < ($1.dataset, $1.task.order, $1.backbone, $1.seed)
    }
    self.curves = curves
    self.leftOut = leftOut
    samples = Samples(metrics: metrics, baselines: baselines)
  }

  /// The whole page.
  public func html() -> String {
    let sections = [
      Section("summary", "Summary", summary()),
      Section("results", "Results", resultTables()),
      Section("gains", "Gains", gains()),
      Section("weights", "Weight of the language model", weights()),
      Section("candidates", "Candidates", candidates()),
      Section("activity", "Gain by user activity", activity()),
      Section("popularity", "Gain by popularity", popularity()),
      Section("training", "Training", training()),
      Section("choices", "Choices made on validation", choices()),
    ].filter { !$0.content.isEmpty }
    let notes = Section("method", "How it was measured", methodNotes())
    let heading = "\(title): \(profile)"
    let head = [
      tag("meta", ["charset": "utf-8"], []),
      tag(
        "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"], []),
      tag("title", heading), HTML.styleSheet(styleSheet),
    ]
    let body =
      [tag("header", [tag("h1", heading), facts()]), navigation(sections + [notes])]
      + [tag("main", sections.map(\.html) + [.comment("run-record"), notes.html])]
    let page = tag("html", ["lang": "en"], [tag("head", head), tag("body", body)])
    return "<!DOCTYPE html>\n" + page.render()
  }

  private func navigation(_ sections: [Section]) -> HTML {
    let items = sections.map { section in
      tag("li", [tag("a", ["href": "#\(section.id)"], section.title)])
    }
    return tag("nav", ["aria-label": "Sections"], [tag("ul", items)])
  }

  private func facts() -> HTML {
    let backbones = distinct(samples.rows.compactMap(\.backbone)).map(backboneLabel)
    let seeds = distinct(metrics.map(\.seed)).sorted().map(String.init)
    let users = distinct(results.map(\.users)).sorted().map(Format.count)
    let facts = [
      ("Data set", distinct(samples.rows.map(\.dataset))),
      ("Tasks", distinct(samples.rows.map(\.task.rawValue))),
      ("Backbones", backbones), (seeds.count == 1 ? "Seed" : "Seeds", seeds),
      ("Test users", users.count > 2 ? ["\(users[0]) to \(users[users.count - 1])"] : users),
    ]
    return tag(
      "dl", ["class": "facts"],
      facts.map { name, values in
        tag(
          "div",
          [tag("dt", name), tag("dd", values.isEmpty ? "none" : values.joined(separator: ", "))])
      })
  }
}

/// A titled part of the page; without content it is left out.
private struct Section {
  var id: String
  var title: String
  var content: [HTML]

  init(_ id: String, _ title: String, _ content: [HTML]) {
    (self.id, self.title, self.content) = (id, title, content)
  }

  var html: HTML { tag("section", ["id": id], [tag("h2", title)] + content) }
}

/// One data set and task: what stands in one table of the report.
struct ResultTable {
  let dataset: String
  let task: RecommendationTask
  let rows: [Samples.Row]
  let metrics: [Metric]
  /// The metric that summaries and single-metric charts quote.
  let headline: Metric

  /// The full system's rows, one for each backbone.
  var systems: [Samples.Row] { rows.filter { $0.method == .llama4rec } }

  /// The backbones in order; nil stands for the simple baselines.
  var backbones: [String?] { distinct(rows.map(\.backbone)) }
}

extension Report {
  /// The tables of the report in order.
  var tables: [ResultTable] {
    let datasets = distinct(samples.rows.map(\.dataset))
    return datasets.flatMap { dataset in
      RecommendationTask.allCases.compactMap { task in
        let rows = samples.rows.filter { $0.dataset == dataset && $0.task == task }
        let metrics = samples.metrics(of: rows)
        guard let headline = RecommendationTask.headline(among: metrics) else { return nil }
        return ResultTable(
          dataset: dataset, task: task, rows: rows, metrics: metrics, headline: headline)
      }
    }
  }

  /// A table's name; the data set is named only where the run has several.
  func name(of table: ResultTable) -> String {
    let task = table.task.label
    return Set(samples.rows.map(\.dataset)).count > 1 ? "\(task), \(table.dataset)" : task
  }

  /// The caption of a chart of one backbone, short enough for one line on a phone.
  func caption(
    _ backbone: String?, _ task: RecommendationTask, _ dataset: String, _ metric: Metric
  ) -> String {
    let several = Set(samples.rows.map(\.dataset)).count > 1
    return "\(backboneLabel(backbone ?? "")), \(task.rawValue)\(several ? ", \(dataset)" : ""): "
      + metric.rawValue
  }

  /// The row of the results contract for a row and metric of a table.
  func result(_ row: Samples.Row, _ metric: Metric) -> ResultRow? {
    results.first {
      $0.dataset == row.dataset && $0.task == row.task && $0.backbone == row.backbone
        && $0.method == row.method && $0.metric == metric
    }
  }
}

/// The values without repeats, in order of first appearance.
func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
  var seen: Set<Value> = []
  return values.filter { seen.insert($0).inserted }
}
