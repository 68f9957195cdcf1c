public import Evaluation

/// The rows of the results contract, from what aggregate and the simple baselines measured.
///
/// - `mean`, `std`: over the seeds, of the metric over all test users. RMSE is the root of each
///   seed's mean squared error, then averaged.
/// - `p_value`: each user's value averaged over the seeds, then a two-sided paired t-test over the
///   users (on squared errors for RMSE, absolute errors for MAE) against `best_baseline`; null where the mean of
///   the squared errors has another sign than the gain in RMSE.
/// - `best_baseline`: for the full system, its ablations and `pretrained-only` the better of `base`
///   and `ift` by mean; for `ift` and `language-model-alone` it is `base`; for the rest null.
///
/// - `strongest`: for the full system and its ablations the best row of its table that is neither, simple
///   baselines and other backbones alone included; picked by its test mean, which favours it.
///
/// - Parameters:
///   - profile: Name of the run's profile.
///   - metrics: One for each task, backbone and seed, in any order; no seed may come twice.
///   - baselines: The simple baselines, one for each method, task and seed.
///   - published: The paper's values, joined by data set, task, backbone, method and metric.
/// - Returns: Rows ordered by data set, task, backbone (simple baselines first), method and metric.
public func makeResults(
  profile: String, metrics: [UserMetrics], baselines: [BaselineMetrics] = [],
  published: PublishedResults = PublishedResults()
) -> [ResultRow] {
  let samples = Samples(metrics: metrics, baselines: baselines)
  return samples.rows.flatMap { row in
    Metric.allCases.compactMap { metric in
      guard let sample = samples[row, metric] else { return nil }
      let baseline = samples.baseline(of: row, on: metric)
      let comparison = baseline.flatMap { samples.compare(row, with: $0, on: metric) }
      let strongest = samples.strongest(besides: row, on: metric)
      let (mean, std) = sample.summary
      return ResultRow(
        profile: profile, dataset: row.dataset, task: row.task, backbone: row.backbone,
        languageModel: samples.languageModel(of: row),
        method: row.method, metric: metric, mean: mean,
        std: sample.perSeed.count > 1 ? std : nil,
        seeds: sample.perSeed.count, users: sample.users.count, pValue: comparison?.pValue,
        bestBaseline: baseline?.method, improvementPercent: comparison?.improvementPercent,
        strongest: strongest.map { $0.name(besides: row.backbone) },
        pVersusStrongest: strongest.flatMap { samples.compare(row, with: $0, on: metric)?.pValue },
        published: published.lookup(
          dataset: row.dataset, task: row.task, backbone: row.backbone, method: row.method,
          metric: metric))
    }
  }
}
