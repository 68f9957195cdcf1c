import Evaluation

extension Report {
  /// Small multiples of every training, the seeds of one training in one plot.
  func training() -> [HTML] {
    let trainings = distinct(curves.map(Training.init)).sorted { $0.order < $1.order }
    if trainings.isEmpty { return [] }
    let figures = trainings.map { training in
      let seeds = curves.filter { Training($0) == training }.sorted { $0.seed < $1.seed }
      let plot = CurvePlot(
        title: "Training \(training.title)", metric: training.metric,
        higherIsBetter: (Metric(rawValue: training.metric) ?? Metric(column: training.metric))?
          .higherIsBetter, curves: seeds)
      return figure(training.title, [plot.svg()])
    }
    return [
      tag(
        "p", ["class": "quiet"],
        "One line for each seed; a point marks the epoch with the best validation value."),
      tag("div", ["class": "charts"], figures),
    ]
  }

  /// What each seed chose on its validation users.
  func choices() -> [HTML] {
    let runs = metrics.filter { !$0.choices.isEmpty }
    if runs.isEmpty { return [] }
    let first = ["mode", "candidates", "alpha1", "alpha2", "blend", "validation"]
    let names = Set(runs.flatMap(\.choices.keys)).sorted {
      (first.firstIndex(of: $0) ?? first.count, $0) < (first.firstIndex(of: $1) ?? first.count, $1)
    }
    let spelled = [
      "mode": "Mode", "candidates": "Candidates", "alpha1": "α₁", "alpha2": "α₂",
      "blend": "Blend", "validation": "Validation",
    ]
    let headings = ["Data set", "Task", "Backbone", "Seed"] + names.map { spelled[$0] ?? $0 }
    let rows = runs.map { run in
      let place = [run.dataset, run.task.label]
      let cells = ["\(run.seed)"] + names.map { run.choices[$0] ?? "–" }
      return tag(
        "tr",
        place.map { tag("td", $0) } + [tag("th", ["scope": "row"], backboneLabel(run.backbone))]
          + cells.map { tag("td", $0) })
    }
    return [
      scrollingTable(
        "Choices",
        [
          tag("caption", "What every seed chose before it saw a test item."),
          tag("thead", [tag("tr", headings.map { tag("th", ["scope": "col"], $0) })]),
          tag("tbody", rows),
        ])
    ]
  }
}

/// What the curves in one plot share.
private struct Training: Hashable {
  let label: String
  let backbone: String
  let metric: String

  init(_ curve: TrainingCurve) {
    label = curve.label
    backbone = curve.backbone
    metric = curve.metric
  }

  var title: String { backbone.isEmpty ? label : "\(label), \(backboneLabel(backbone))" }

  /// Trainings appear in the order of the pipeline, unknown ones last.
  var order: (Int, String, String, String) {
    let stages = ["train-backbone", "pretrain-llm", "tune-llm", "retrain-augmented"]
    return (stages.firstIndex(of: label) ?? stages.count, label, backbone, metric)
  }
}
