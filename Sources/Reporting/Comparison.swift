import Evaluation

/// How one row of the table does against another on one metric.
struct Comparison: Sendable {
  let rival: Samples.Row
  /// Relative gain in percent, positive is better for errors too; nil where the rival's mean is 0.
  let improvementPercent: Double?
  /// 95 % confidence interval of the gain in percent, the rival's mean taken as given.
  let interval: ClosedRange<Double>?
  /// Two-sided paired t-test over users; nil with fewer than two users in common, and where the tested mean of
  /// squared errors has another sign than the gain in RMSE, which is then no claim.
  let pValue: Double?
  /// The p-value adjusted for the comparisons that it stands among; nil where it was not yet.
  var adjustedPValue: Double?

  /// Significant at the level the report uses throughout.
  var isSignificant: Bool { (adjustedPValue ?? pValue ?? 1) < 0.05 }
}

extension [Comparison?] {
  /// The same comparisons as one family: their p-values adjusted by Holm's procedure.
  var adjusted: [Comparison?] {
    var adjusted = holmAdjusted(compactMap { $0?.pValue }).makeIterator()
    return map { comparison in
      guard var comparison, comparison.pValue != nil else { return comparison }
      comparison.adjustedPValue = adjusted.next()
      return comparison
    }
  }
}

extension Samples {
  /// Compares two rows; nil where one of them lacks the metric.
  ///
  /// `users` limits the comparison to some users, ascending; nil compares over all.
  ///
  /// The test pairs each user's value averaged over the seeds (squared errors for RMSE). The
  /// interval is the test's, divided by the rival's mean and centred on the gain. For RMSE it first
  /// goes from squared errors to their roots by a − b = (a² − b²) / (a + b).
  func compare(
    _ row: Row, with rival: Row, on metric: Metric, among some: [Int32]? = nil
  ) -> Comparison? {
    guard let ours = self[row, metric], let theirs = self[rival, metric],
      let a = mean(of: row, metric, among: some), let b = mean(of: rival, metric, among: some)
    else { return nil }
    let sign = metric.higherIsBetter ? 1.0 : -1.0
    let gain = b == 0 ? nil : sign * (a - b) / b * 100
    let users = commonUsers([some ?? ours.users, ours.users, theirs.users])
    let test = PairedTTest(ours.values(of: users), theirs.values(of: users))
    var interval: ClosedRange<Double>?
    if let gain, let range = test?.confidenceInterval(level: 0.95) {
      let scale = metric == .rmse ? (a + b) * b : b
      let half = (range.upperBound - range.lowerBound) / 2 / scale * 100
      interval = (gain - half)...(gain + half)
    }
    // Roots averaged over seeds and squares averaged over users need not agree.
    let agrees = metric != .rmse || sign * (gain ?? 0) * (test?.meanDifference ?? 0) * b >= 0
    return Comparison(
      rival: rival, improvementPercent: gain, interval: interval,
      pValue: agrees ? test?.pValue : nil)
  }

  /// The metric of a row over some users, from each one's value averaged over the seeds.
  ///
  /// Over all users, for nil, as the results tell it; nil where the row lacks the metric or knows none of them.
  func mean(of row: Row, _ metric: Metric, among users: [Int32]?) -> Double? {
    guard let sample = self[row, metric] else { return nil }
    guard let users else { return sample.summary.mean }
    let values = sample.values(of: users)
    return values.isEmpty ? nil : metric.summary(ofMean: meanAndSpread(values).mean)
  }

  /// The baseline of a row by the rules of the results contract; nil where it has none.
  ///
  /// Forms of the full system stand against the better (by mean) of `base` and `ift`, as in the
  /// paper's improvement column; `ift` and the language model alone against `base`.
  func baseline(of row: Row, on metric: Metric) -> Row? {
    best(
      row.method.baselines.map {
        Row(dataset: row.dataset, task: row.task, backbone: row.backbone, method: $0)
      }, on: metric)
  }

  /// The rows that a full system is held against in the report.
  ///
  /// They are every other row of its own backbone, every other backbone alone, and the simple
  /// baselines, of the same data set and task.
  func rivals(of row: Row) -> [Row] {
    rows.filter { other in
      other != row && other.dataset == row.dataset && other.task == row.task
        && (other.backbone == row.backbone || other.backbone == nil || other.method == .base)
    }
  }

  /// The best row that a form of the full system is held against and that is no form of it; nil for others.
  func strongest(besides row: Row, on metric: Metric) -> Row? {
    guard row.method.isFormOfFullSystem else { return nil }
    return best(
      rivals(of: row).filter { !$0.method.isFormOfFullSystem }, on: metric)
  }

  /// The row with the best mean; the earlier one on a tie, nil when none has the metric.
  func best(_ rows: [Row], on metric: Metric) -> Row? {
    var best: (row: Row, mean: Double)?
    for row in rows {
      guard let mean = self[row, metric]?.summary.mean else { continue }
      guard let leader = best?.mean else {
        best = (row, mean)
        continue
      }
      if metric.higherIsBetter ? mean > leader : mean < leader { best = (row, mean) }
    }
    return best?.row
  }
}

extension Sample {
  /// The values of some of the sample's users, who must ascend.
  fileprivate func values(of wanted: [Int32]) -> [Double] {
    if wanted == users { return perUser }
    var position = 0
    var values: [Double] = []
    for (user, value) in zip(users, perUser)
    where position < wanted.count && wanted[position] == user {
      values.append(value)
      position += 1
    }
    return values
  }
}
