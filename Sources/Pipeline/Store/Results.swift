import Artifacts
public import Evaluation
import Foundations

/// The rows that the stage `report` computed, in the form of the results contract.
public struct Results: Sendable {
  /// How rows are printed.
  public enum Format: String, Sendable, CaseIterable {
    case table
    case json
    case csv
    case markdown
  }

  public var rows: [ResultRow]

  /// The stage that computes them.
  static let stage = "report"

  /// Rows as they are.
  package init(rows: [ResultRow]) { self.rows = rows }

  /// The path of a profile's results.
  public static func path(_ store: Store, profile: String) -> String {
    store.linkPath(profile: profile, folder: stage, file: "results.safetensors.zst")
  }

  /// Reads the artifact that report wrote.
  ///
  /// - Parameters:
  ///   - path: The artifact.
  ///   - profile: The profile to name in every row.
  /// - Throws: `FileError` or `ArtifactError`.
  public init(contentsOf path: String, profile: String) throws {
    let artifact = try Artifact(contentsOf: path, schema: "results", allowingNonFinite: true)
    rows = try [ResultRow](artifact: artifact, profile: profile)
  }

  /// One metric a task, and only what a first look needs: the simple baselines, the backbone, IFT, the full
  /// system and the language model alone.
  public var headline: Results {
    var result = self
    result.rows = rows.filter { row in
      Self.headlineMetrics.contains(row.metric)
        && (row.backbone == nil || Self.headlineMethods.contains(row.method))
    }
    return result
  }

  private static let headlineMetrics: Set<Metric> = [.ndcg5, .rmse]
  private static let headlineMethods: Set<Method> = [
    .base, .ift, .llama4rec, .languageModelAlone,
  ]

  /// The rows as text without a final line end.
  public func text(_ format: Format) -> String {
    switch format {
    case .table: table.plain
    case .markdown: table.markdown
    case .json:
      rows.isEmpty
        ? "[]"
        : "[\n\(rows.map(json).joined(separator: ",\n"))\n]"
    case .csv:
      ([ResultRow.keys.joined(separator: ",")] + rows.map(csv)).joined(separator: "\n")
    }
  }

  private func json(_ row: ResultRow) -> String {
    let members = zip(ResultRow.keys, row.values).map { "\"\($0)\":\($1.text)" }
    return "  {\(members.joined(separator: ","))}"
  }

  private func csv(_ row: ResultRow) -> String {
    row.values.map { value in
      switch value {
      case .null: ""
      case .string(let text): Escaping.csv(text)
      default: value.text
      }
    }.joined(separator: ",")
  }

  private var table: TextTable {
    func number(_ value: Double?, _ places: Int) -> String {
      value.map { Foundations.Format.decimal($0, places) } ?? ""
    }
    return TextTable(
      titles: [
        "dataset", "task", "backbone", "method", "metric", "mean", "std", "seeds", "users", "p",
        "best baseline", "gain %", "strongest", "p strongest", "published",
      ],
      rows: rows.map { row in
        [
          row.dataset, row.task.rawValue, row.backbone ?? "", row.method.rawValue,
          row.metric.rawValue, number(row.mean, 4),
          number(row.std, 4), "\(row.seeds)", "\(row.users)", number(row.pValue, 4),
          row.bestBaseline?.rawValue ?? "", number(row.improvementPercent, 2), row.strongest ?? "",
          number(row.pVersusStrongest, 4), number(row.published, 4),
        ]
      }, rightAligned: [5, 6, 7, 8, 9, 11, 13, 14])
  }
}
