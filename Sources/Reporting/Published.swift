public import Evaluation

/// The values the paper published (Luo et al., arXiv 2401.13870), to stand beside our own.
public struct PublishedResults: Sendable {
  private struct Key: Hashable {
    var dataset: String
    var task: RecommendationTask
    var backbone: String
    var method: Method
    var metric: Metric
  }

  private var values: [Key: Double] = [:]

  /// All published values of the full system, its baselines and its ablations.
  public init() {
    for table in Self.tables {
      for (backbone, method, row) in table.rows() {
        for (column, value) in row.enumerated() {
          let key = Key(
            dataset: table.datasets[column / table.metrics.count], task: table.task,
            backbone: backbone, method: method, metric: table.metrics[column % table.metrics.count])
          let previous = values.updateValue(value, forKey: key)
          precondition(previous == nil, "two published values for \(key)")
        }
      }
    }
  }

  /// Number of values known.
  public var count: Int { values.count }

  /// The published value of a row of the results; nil where the paper has none.
  ///
  /// For ratings the paper's instruction-tuned baseline is the language model alone, whatever the
  /// backbone, so `ift` and `language-model-alone` share its values there.
  ///
  /// - Parameters:
  ///   - dataset: `ml-100k`, `ml-1m` or `book-crossing`.
  ///   - task: The table.
  ///   - backbone: A backbone's name in any case, such as `lightgcn`; nil for the simple baselines.
  ///   - method: The row.
  ///   - metric: A metric of the table.
  /// - Returns: The value in the unit of our own.
  public func lookup(
    dataset: String, task: RecommendationTask, backbone: String?, method: Method, metric: Metric
  ) -> Double? {
    guard let backbone else { return nil }
    let alone = task == .rating && (method == .ift || method == .languageModelAlone)
    return values[
      Key(
        dataset: dataset, task: task, backbone: alone ? "*" : backbone.lowercased(),
        method: alone ? .ift : method, metric: metric)]
  }
}

/// One published table in text: a line is a backbone, a method, and its values.
///
/// The values go through the metrics of the first data set, then of the next.
struct PublishedTable: Sendable {
  let task: RecommendationTask
  let metrics: [Metric]
  let datasets: [String]
  let lines: String

  func rows() -> [(backbone: String, method: Method, values: [Double])] {
    lines.split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      let values = words.dropFirst(2).compactMap { Double($0) }
      precondition(
        words.count == values.count + 2 && values.count == metrics.count * datasets.count,
        "a published line does not fit its table: \(line)")
      return (String(words[0]), Method(rawValue: String(words[1])), values)
    }
  }
}
