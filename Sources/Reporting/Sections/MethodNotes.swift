extension Report {
  /// The protocol in five lines.
  func methodNotes() -> [HTML] {
    let notes = [
      "Split: each user’s last interaction is the test item, the one before it the validation "
        + "item, the rest is training data (data without times: a seeded random order).",
      "Top-k: every method ranks all items except those the user is known to have at that moment; "
        + "no sampled metrics, and a target that a candidate list missed counts as a miss.",
      "Choices: weights, ranking modes and epochs are chosen on validation; test items are read "
        + "only to compute these tables.",
      "Significance: each user’s metric is averaged over the seeds, then a two-sided paired t-test "
        + "over users (RMSE: on squared errors, and no p-value where their mean has another sign than the "
        + "gain). Claims are corrected for the number of comparisons beside them (Holm). The strongest other "
        + "row is picked by its test mean, which favours it.",
      "Simple baselines: in the sequential table they have read the validation item at test, like every "
        + "method there.",
      "Published values: Luo et al., arXiv 2401.13870, on their own split and training; gains "
        + "compare better than levels.",
    ]
    let development =
      samples.rows.contains { $0.dataset == "ml-100k" }
      ? [
        "MovieLens 100K is the development set: settings were chosen with its test figures in view."
      ] : []
    let missing = leftOut.map { "Left out: \($0)" }
    return [tag("ol", (notes + development + missing).map { tag("li", $0) })]
  }
}
