import Datasets
import Evaluation

extension Publication {
  /// Whose lists these are, how different they are, and where they lie.
  ///
  /// - Throws: `FileError`, `DeliveryError` or `ArtifactError`.
  public func summary() throws -> String {
    let delivery = try delivery()
    let statistics = ListStatistics(try recommendations())
    var lines = [
      "chosen: \(delivery.task.rawValue), \(delivery.backbone), seed \(delivery.seed); on validation "
        + delivery.figure,
      "recommendations for \(statistics.served) of \(statistics.users) users: "
        + "\(statistics.items) different items in \(statistics.lists) different lists",
    ]
    if statistics.areAllTheSame {
      lines.append(
        "warning: all lists are the same; compare the backbone with the baseline popularity in "
          + "llama4rec results --profile \(evaluation.profile)")
    }
    return (lines + ["recommendations: \(tablePath)"]).joined(separator: "\n")
  }
}
