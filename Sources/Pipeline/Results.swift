import Artifacts
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

  /// One metric of one method.
  public struct Row: Sendable, Equatable {
    public var profile: String
    public var dataset: String
    public var task: String
    /// Nil for the simple baselines.
    public var backbone: String?
    public var method: String
    public var metric: String
    public var mean: Float?
    /// The spread over seeds.
    public var std: Float?
    public var seeds: Int32
    public var users: Int32
    public var pValue: Float?
    public var bestBaseline: String?
    public var improvementPercent: Float?
    public var strongest: String?
    public var pVersusStrongest: Float?
    public var published: Float?
  }

  public var rows: [Row]

  /// The path of a profile's results.
  public static func path(_ store: Store, profile: String) -> String {
    store.linkPath(profile: profile, folder: "report", file: "results.safetensors.zst")
  }

  /// Reads an artifact of schema `results` 1, in which NaN and the empty text stand for null.
  ///
  /// - Parameters:
  ///   - path: The artifact.
  ///   - profile: The profile to name in every row.
  /// - Throws: `FileError` or `ArtifactError`.
  public init(contentsOf path: String, profile: String) throws {
    let artifact = try Artifact(contentsOf: path, schema: "results", allowingNonFinite: true)
    let dataset = try artifact.text("dataset")
    func whole<Value>(_ name: String, _ values: [Value]) throws -> [Value] {
      guard values.count == dataset.count else {
        let problem = "column \(name) has \(values.count) rows, dataset \(dataset.count)"
        throw ArtifactError(path: path, problem: .badHeader(problem))
      }
      return values
    }
    func numbers(_ name: String) throws -> [Float?] {
      try whole(name, artifact.floats(name)).map { $0.isFinite ? $0 : nil }
    }
    func counts(_ name: String) throws -> [Int32] { try whole(name, artifact.int32s(name)) }
    func texts(_ name: String) throws -> [String] { try whole(name, artifact.text(name)) }
    func names(_ name: String) throws -> [String?] {
      try texts(name).map { $0.isEmpty ? nil : $0 }
    }
    let task = try texts("task")
    let backbone = try names("backbone")
    let method = try texts("method")
    let metric = try texts("metric")
    let mean = try numbers("mean")
    let std = try numbers("std")
    let seeds = try counts("seeds")
    let users = try counts("users")
    let pValue = try numbers("p_value")
    let bestBaseline = try names("best_baseline")
    let improvement = try numbers("improvement_percent")
    let strongest = try names("strongest")
    let pVersusStrongest = try numbers("p_vs_strongest")
    let published = try numbers("published")
    rows = dataset.indices.map {
      Row(
        profile: profile, dataset: dataset[$0], task: task[$0], backbone: backbone[$0],
        method: method[$0], metric: metric[$0], mean: mean[$0], std: std[$0], seeds: seeds[$0],
        users: users[$0], pValue: pValue[$0], bestBaseline: bestBaseline[$0],
        improvementPercent: improvement[$0], strongest: strongest[$0],
        pVersusStrongest: pVersusStrongest[$0], published: published[$0])
    }
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

  private static let headlineMetrics: Set = ["NDCG@5", "RMSE"]
  private static let headlineMethods: Set = ["base", "ift", "llama4rec", "language-model-alone"]

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
      ([Self.names.joined(separator: ",")] + rows.map(csv)).joined(separator: "\n")
    }
  }

  /// The fields of the contract in its order.
  private static let names = [
    "profile", "dataset", "task", "backbone", "method", "metric", "mean", "std", "seeds", "users",
    "p_value", "best_baseline", "improvement_percent", "strongest", "p_vs_strongest", "published",
  ]

  private func fields(_ row: Row) -> [(String, JSONValue)] {
    // A Float's own digits are shorter than those of the Double with the same value.
    func number(_ value: Float?) -> JSONValue {
      value.flatMap { Double("\($0)") }.map { .number($0) } ?? .null
    }
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    let values: [JSONValue] = [
      .string(row.profile), .string(row.dataset), .string(row.task), text(row.backbone),
      .string(row.method), .string(row.metric), number(row.mean), number(row.std),
      .integer(Int(row.seeds)), .integer(Int(row.users)), number(row.pValue),
      text(row.bestBaseline), number(row.improvementPercent), text(row.strongest),
      number(row.pVersusStrongest), number(row.published),
    ]
    return Array(zip(Self.names, values))
  }

  private func json(_ row: Row) -> String {
    let members = fields(row).map { name, value in "\"\(name)\":\(value.canonical)" }
    return "  {\(members.joined(separator: ","))}"
  }

  private func csv(_ row: Row) -> String {
    fields(row).map { _, value in
      switch value {
      case .null: ""
      case .string(let text): Escaping.csv(text)
      default: value.canonical
      }
    }.joined(separator: ",")
  }

  private var table: TextTable {
    func number(_ value: Float?, _ places: Int) -> String {
      value.map { Foundations.Format.decimal(Double($0), places) } ?? ""
    }
    return TextTable(
      titles: [
        "dataset", "task", "backbone", "method", "metric", "mean", "std", "seeds", "users", "p",
        "best baseline", "gain %", "strongest", "p strongest", "published",
      ],
      rows: rows.map { row in
        [
          row.dataset, row.task, row.backbone ?? "", row.method, row.metric, number(row.mean, 4),
          number(row.std, 4), "\(row.seeds)", "\(row.users)", number(row.pValue, 4),
          row.bestBaseline ?? "", number(row.improvementPercent, 2), row.strongest ?? "",
          number(row.pVersusStrongest, 4), number(row.published, 4),
        ]
      }, rightAligned: [5, 6, 7, 8, 9, 11, 13, 14])
  }
}
