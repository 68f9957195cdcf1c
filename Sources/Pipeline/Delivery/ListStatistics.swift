import Datasets
import Evaluation

/// How different the lists of a publication are.
struct ListStatistics: Equatable {
  var users: Int
  /// Users whose list holds something.
  var served: Int
  var items: Int
  var lists: Int

  init(_ recommendations: Recommendations) {
    let lists = recommendations.lists.map { $0.entries.map(\.item) }.filter { !$0.isEmpty }
    users = recommendations.lists.count
    served = lists.count
    items = Set(lists.joined()).count
    self.lists = Set(lists).count
  }

  /// Whether everybody gets the same, as from a model that has learned nothing about anybody.
  var areAllTheSame: Bool { lists == 1 && served > 1 }
}

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
