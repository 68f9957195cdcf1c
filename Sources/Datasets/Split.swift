import Foundations

/// Leave-one-out parts of a data set: indices are rows of `users` and `catalogue`.
public struct Split: Sendable, Equatable {
  /// Items with at least one interaction in any part.
  public var catalogue: Entities
  /// Users with at least one interaction.
  public var users: Entities
  public var train: Histories
  public var validation: Targets
  public var test: Targets
}

extension Split {
  /// Names the data set: the users, the items and the training interactions.
  ///
  /// Held-out items are no part of it, so that what never sees them stays the same to the byte whatever
  /// they are.
  public var digest: String {
    let hasher = Digest.Hasher()
    for id in users.ids + [""] + catalogue.ids { hasher.update("\(id.utf8.count):\(id)") }
    train.offsets.withUnsafeBytes { hasher.update($0) }
    train.items.withUnsafeBytes { hasher.update($0) }
    train.ratings.withUnsafeBytes { hasher.update($0) }
    train.times.withUnsafeBytes { hasher.update($0) }
    return hasher.finalize()
  }
}

/// Holds out each user's last interaction for test and the one before for validation.
///
/// A user's interactions are ordered by time, ties by row of the file; without times by a random
/// order drawn from `seed`. Of an item that a user rated twice the last rating counts. A user with
/// fewer than `minimumInteractions` (at least 3) keeps all of them in train and has no targets; so has everybody
/// where it is larger than any history.
/// Nothing left by `positives` gives a split without users. Cost: O(N log N).
public func leaveOneOut(
  _ raw: RawData, positives: Positives = .all, seed: UInt64 = 1, minimumInteractions: Int = 3
) -> Split {
  precondition(minimumInteractions >= 3, "two targets and at least one interaction to learn from")
  let once = raw.keeping(lastOfRepeats(raw))
  let data =
    positives == .all ? once : once.keeping(once.ratings.map { $0 >= once.likeThreshold })
  let (starts, order) = rowsByUser(data, seed: seed)

  let userCount = data.users.count
  var validation = Targets.none(userCount)
  var test = Targets.none(userCount)
  var kept: [Int] = []
  var offsets = [0]
  for user in 0..<userCount {
    var rows = order[starts[user]..<starts[user + 1]]
    if rows.count >= minimumInteractions {
      test.set(user, to: data, row: rows.removeLast())
      validation.set(user, to: data, row: rows.removeLast())
    }
    kept += rows
    offsets.append(kept.count)
  }
  let train = Histories(
    offsets: offsets, items: kept.map { data.interactionItems[$0] },
    ratings: kept.map { data.ratings[$0] }, times: kept.map { data.times[$0] },
    itemCount: data.items.count)
  return Split(
    catalogue: data.items, users: data.users, train: train, validation: validation, test: test)
}

extension Targets {
  fileprivate static func none(_ count: Int) -> Targets {
    Targets(
      items: [Int32](repeating: -1, count: count), ratings: [Float](repeating: 0, count: count))
  }

  fileprivate mutating func set(_ user: Int, to data: RawData, row: Int) {
    items[user] = data.interactionItems[row]
    ratings[user] = data.ratings[row]
  }
}

/// Interaction rows grouped by user, in time order within a user (in file order without times).
private func rowsInTimeOrder(_ data: RawData) -> (starts: [Int], order: [Int]) {
  var starts = [Int](repeating: 0, count: data.users.count + 1)
  for user in data.interactionUsers { starts[Int(user) + 1] += 1 }
  for user in 0..<data.users.count { starts[user + 1] += starts[user] }
  var next = starts
  var order = [Int](repeating: 0, count: data.interactionCount)
  for (row, user) in data.interactionUsers.enumerated() {
    order[next[Int(user)]] = row
    next[Int(user)] += 1
  }
  if data.hasTimes {
    for user in 0..<data.users.count {
      order[starts[user]..<starts[user + 1]].sort {
        (data.times[$0], $0) < (data.times[$1], $1)
      }
    }
  }
  return (starts, order)
}

/// The rows of each user in the order that the split goes by.
private func rowsByUser(_ data: RawData, seed: UInt64) -> (starts: [Int], order: [Int]) {
  var (starts, order) = rowsInTimeOrder(data)
  if !data.hasTimes {
    var random = SeededRandom(seed: seed, purpose: "order-without-times")
    for user in 0..<data.users.count {
      random.shuffle(&order, in: starts[user]..<starts[user + 1])
    }
  }
  return (starts, order)
}

/// Marks the last interaction of every (user, item) pair.
private func lastOfRepeats(_ data: RawData) -> [Bool] {
  let (starts, order) = rowsInTimeOrder(data)
  var mask = [Bool](repeating: true, count: data.interactionCount)
  var lastUser = [Int](repeating: -1, count: data.items.count)
  for user in 0..<data.users.count {
    for row in order[starts[user]..<starts[user + 1]].reversed() {
      let item = Int(data.interactionItems[row])
      if lastUser[item] == user { mask[row] = false }
      lastUser[item] = user
    }
  }
  return mask
}
