import Evaluation

extension Report {
  /// The α₁ × α₂ maps, each averaged over the seeds that searched the same grid.
  func weights() -> [HTML] {
    let maps = distinct(metrics.compactMap(Grid.init)).map { grid in
      heatMap(grid, metrics.filter { Grid($0) == grid })
    }
    if maps.isEmpty { return [] }
    return [
      tag(
        "p", ["class": "quiet"],
        "Each cell is the validation metric, averaged over the seeds, for one pair of α₁ (largest "
          + "weight of the language model) and α₂ (least share of it that every user gets). Darker "
          + "is better; outlined: chosen by at least one seed."),
      tag("div", ["class": "charts"], maps),
    ]
  }

  private func heatMap(_ grid: Grid, _ runs: [UserMetrics]) -> HTML {
    let values = grid.cells.map { cell in
      meanAndSpread(runs.map { Double($0.map[cell]) }).mean
    }
    var chosen = values.map { _ in 0 }
    for run in runs {
      guard let row = index(of: "alpha1", in: run, grid.alpha1),
        let column = index(of: "alpha2", in: run, grid.alpha2)
      else { continue }
      chosen[row * grid.alpha2.count + column] += 1
    }
    let caption = caption(grid.backbone, grid.task, grid.dataset, grid.metric)
    let map = HeatMap(
      title: "Validation \(caption)", metric: grid.metric.rawValue,
      higherIsBetter: grid.metric.higherIsBetter,
      rows: grid.alpha1, columns: grid.alpha2, values: values, chosen: chosen)
    return figure(caption, [map.svg()])
  }

  private func index(of name: String, in run: UserMetrics, _ candidates: [Float]) -> Int? {
    guard let chosen = run.choices[name].flatMap({ Float($0) }) else { return nil }
    return candidates.firstIndex { abs($0 - chosen) < 1e-6 }
  }
}

/// What runs must share for their maps to be averaged.
private struct Grid: Hashable {
  let dataset: String
  let task: RecommendationTask
  let backbone: String
  let metric: Metric
  let alpha1: [Float]
  let alpha2: [Float]

  /// Nil for a run without a map.
  init?(_ run: UserMetrics) {
    guard let metric = run.mapMetric, !run.map.isEmpty else { return nil }
    dataset = run.dataset
    task = run.task
    backbone = run.backbone
    self.metric = metric
    alpha1 = run.alpha1
    alpha2 = run.alpha2
  }

  var cells: Range<Int> { 0..<(alpha1.count * alpha2.count) }
}
