/// A data set as a reader returns it or the demo generator makes it, before the split.
///
/// The four interaction columns have one entry an interaction, in the order of the file; users and
/// items are rows of `users` and `items`.
public struct RawData: Sendable, Equatable {
  public var users: Entities
  public var items: Entities
  public var interactionUsers: [Int32]
  public var interactionItems: [Int32]
  /// Ratings as published, finite.
  public var ratings: [Float]
  /// Times in the data set's own unit; zeros where `hasTimes` is false.
  public var times: [Int64]
  /// False where the data set has no times, so that a seeded random order stands in for them.
  public var hasTimes: Bool
  /// The lowest rating that counts as a like.
  public var likeThreshold: Float

  /// The number of interactions.
  public var interactionCount: Int { interactionItems.count }

  public init(
    users: Entities, items: Entities, interactionUsers: [Int32], interactionItems: [Int32],
    ratings: [Float], times: [Int64], hasTimes: Bool, likeThreshold: Float
  ) {
    let count = interactionItems.count
    precondition(
      interactionUsers.count == count && ratings.count == count && times.count == count,
      "columns of one length")
    self.users = users
    self.items = items
    self.interactionUsers = interactionUsers
    self.interactionItems = interactionItems
    self.ratings = ratings
    self.times = times
    self.hasTimes = hasTimes
    self.likeThreshold = likeThreshold
  }
}

extension RawData {
  /// The interactions marked true, with only the users and items that still have one.
  public func keeping(_ mask: [Bool]) -> RawData {
    precondition(mask.count == interactionCount, "one mark an interaction")
    let kept = mask.indices.filter { mask[$0] }
    let (userRows, newUsers) = renumbering(kept.map { interactionUsers[$0] }, of: users.count)
    let (itemRows, newItems) = renumbering(kept.map { interactionItems[$0] }, of: items.count)
    return RawData(
      users: users.selecting(userRows), items: items.selecting(itemRows),
      interactionUsers: newUsers, interactionItems: newItems,
      ratings: kept.map { ratings[$0] }, times: kept.map { times[$0] },
      hasTimes: hasTimes, likeThreshold: likeThreshold)
  }

  /// The k-core: users and items with fewer than `minimum` interactions dropped until none is left.
  public func core(_ minimum: Int) -> RawData {
    var mask = [Bool](repeating: true, count: interactionCount)
    var changed = true
    while changed {
      changed = false
      var userCounts = [Int](repeating: 0, count: users.count)
      var itemCounts = [Int](repeating: 0, count: items.count)
      for row in mask.indices where mask[row] {
        userCounts[Int(interactionUsers[row])] += 1
        itemCounts[Int(interactionItems[row])] += 1
      }
      for row in mask.indices where mask[row] {
        if userCounts[Int(interactionUsers[row])] < minimum
          || itemCounts[Int(interactionItems[row])] < minimum
        {
          mask[row] = false
          changed = true
        }
      }
    }
    return keeping(mask)
  }
}

/// Numbers the rows that occur from 0, in their old order: these rows, and the column renumbered.
private func renumbering(_ column: [Int32], of count: Int) -> (rows: [Int], column: [Int32]) {
  var occurs = [Bool](repeating: false, count: count)
  for row in column { occurs[Int(row)] = true }
  var numbers = [Int32](repeating: -1, count: count)
  var rows: [Int] = []
  for row in 0..<count where occurs[row] {
    numbers[row] = Int32(rows.count)
    rows.append(row)
  }
  return (rows, column.map { numbers[Int($0)] })
}
