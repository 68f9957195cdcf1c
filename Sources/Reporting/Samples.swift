import Evaluation

/// What stands behind one cell of the results table: the per-user values of one method and metric.
struct Sample: Sendable {
  let metric: Metric
  /// Users that every seed has, ascending.
  let users: [Int32]
  /// Each of these users' value averaged over the seeds, in the order of `users`.
  let perUser: [Double]
  /// The metric over all users of each seed (for RMSE the root of the seed's mean squared error).
  let perSeed: [Double]

  var summary: (mean: Double, std: Double) { meanAndSpread(perSeed) }
}

/// Every sample of a run, found by row of the results table and metric.
struct Samples: Sendable {
  /// A row of the results table; without a backbone for the simple baselines.
  struct Row: Hashable, Sendable {
    var dataset: String
    var task: RecommendationTask
    var backbone: String?
    var method: Method
  }

  /// All rows in the order of the tables.
  let rows: [Row]
  private let samples: [Row: [Metric: Sample]]
  private let languageModels: [Row: String]

  init(metrics: [UserMetrics], baselines: [BaselineMetrics]) {
    var measurements: [Row: [Measurement]] = [:]
    var languageModels: [Row: String] = [:]
    for run in metrics {
      let block = run.metrics.count * run.users.count
      for (index, method) in run.methods.enumerated() {
        let row = Row(
          dataset: run.dataset, task: run.task, backbone: run.backbone, method: method)
        if method != .base { languageModels[row] = run.languageModel }
        measurements[row, default: []].append(
          Measurement(
            seed: run.seed, metrics: run.metrics, users: run.users,
            values: run.values[(index * block)..<((index + 1) * block)]))
      }
    }
    for run in baselines {
      let row = Row(dataset: run.dataset, task: run.task, backbone: nil, method: run.method)
      measurements[row, default: []].append(
        Measurement(seed: run.seed, metrics: run.metrics, users: run.users, values: run.values[...])
      )
    }
    self.languageModels = languageModels
    samples = measurements.mapValues { $0.sorted { $0.seed < $1.seed }.samples() }
    rows = measurements.keys.sorted { $0.order.lexicographicallyPrecedes($1.order) }
  }

  subscript(row: Row, metric: Metric) -> Sample? { samples[row]?[metric] }

  /// The language model that a row needs; nil for a backbone or a simple baseline alone.
  func languageModel(of row: Row) -> String? { languageModels[row] }

  /// The metrics that some row of a table has, in the order of the contract.
  func metrics(of rows: [Row]) -> [Metric] {
    Metric.allCases.filter { metric in rows.contains { self[$0, metric] != nil } }
  }
}

/// One method's values under one seed, [K, V].
private struct Measurement {
  var seed: Int
  var metrics: [Metric]
  var users: [Int32]
  var values: ArraySlice<Float>

  /// The values of one metric, [V]; nil where this seed did not measure it.
  func column(_ metric: Metric) -> ArraySlice<Float>? {
    guard let index = metrics.firstIndex(of: metric) else { return nil }
    let start = values.startIndex + index * users.count
    return values[start..<(start + users.count)]
  }
}

extension [Measurement] {
  fileprivate func samples() -> [Metric: Sample] {
    for (one, next) in zip(self, dropFirst()) {
      precondition(one.seed != next.seed, "two runs of one method with seed \(one.seed)")
    }
    var samples: [Metric: Sample] = [:]
    for metric in Metric.allCases {
      let seeds = compactMap { run in run.column(metric).map { (users: run.users, values: $0) } }
      let users = commonUsers(seeds.map(\.users))
      if users.isEmpty { continue }
      var perUser = [Double](repeating: 0, count: users.count)
      for seed in seeds {
        var position = 0
        for (user, value) in zip(seed.users, seed.values)
        where position < users.count && users[position] == user {
          perUser[position] += Double(value) / Double(seeds.count)
          position += 1
        }
      }
      samples[metric] = Sample(
        metric: metric, users: users, perUser: perUser,
        perSeed: seeds.map { seed in
          metric.summary(ofMean: meanAndSpread(seed.values.map(Double.init)).mean)
        })
    }
    return samples
  }
}

/// The users in every list, each list strictly ascending.
func commonUsers(_ lists: [[Int32]]) -> [Int32] {
  guard var common = lists.first else { return [] }
  for list in lists.dropFirst() where list != common {
    let known = Set(list)
    common.removeAll { !known.contains($0) }
  }
  return common
}
