public import Datasets
public import Evaluation

extension Predictions {
  /// What a user's prediction at test is worth.
  ///
  /// - Parameters:
  ///   - metric: Of the predictions' task.
  ///   - user: A user with a test item.
  ///   - test: All users' test items and ratings.
  ///   - task: In whose table it stands; a simple baseline has read the validation item in that of the
  ///     sequential task.
  /// - Returns: The user's value, to be averaged; an item that is not listed is a miss.
  public func value(
    of metric: Metric, user: Int, test: Targets, in task: RecommendationTask
  ) -> Float {
    if self.task == .rating {
      return metric.value(predicted: testRatings[user], actual: test.ratings[user])
    }
    let items = task == .sequential && !nextItems.isEmpty ? nextItems : testItems
    let list = items[user * candidates..<(user + 1) * candidates]
    return metric.value(
      rank: list.firstIndex(of: test.items[user]).map { $0 - list.startIndex })
  }
}
