internal import Datasets

/// Each user's last train interactions, held out to be predicted by a model that did not see them.
///
/// Of a user with n ≥ 3 train interactions the last min(limit, max(1, ⌊n / 5⌋)) are held out.
struct Fold {
  /// Ascending by user, then position.
  var users: [Int32] = []
  var positions: [Int32] = []
  /// The data without them, and without validation: a fold trains as long as the main fit chose.
  var data: TrainingData

  init(_ full: TrainingData, limit: Int) {
    let train = full.train
    data = full
    data.validationUsers = [Bool](repeating: false, count: train.userCount)
    let kept = (0..<train.userCount).map { user in
      let count = train.count(of: user)
      return count < 3 ? count : count - min(limit, max(1, count / 5))
    }
    for (user, first) in kept.enumerated() {
      for position in first..<train.count(of: user) {
        users.append(Int32(user))
        positions.append(Int32(position))
      }
    }
    data.train = train.keeping { train.range(of: $0).prefix(kept[$0]) }
    // Inserted items shift positions: an augmented sequence ends before the first held-out item.
    data.trainingHistories = full.trainingHistories.map { sequences in
      sequences.keeping { user in
        let heldOut = Set(train.items(of: user).dropFirst(kept[user]))
        let range = sequences.range(of: user)
        let end = range.first { heldOut.contains(sequences.items[$0]) } ?? range.upperBound
        return range.lowerBound..<end
      }
    }
  }

  /// The held-out items.
  func items(in train: Histories) -> [Int32] {
    zip(users, positions).map { train.items[train.offsets[Int($0)] + Int($1)] }
  }

  /// One query a held-out interaction, with the history before it.
  func queries(in train: Histories) -> [RankingQuery] {
    zip(users, positions).map { user, position in
      RankingQuery(user: Int(user), history: train.items(of: Int(user)).prefix(Int(position)))
    }
  }
}

extension Histories {
  /// The part of each user's interactions that a closure names by positions in `items`.
  fileprivate func keeping(_ part: (Int) -> Range<Int>) -> Histories {
    var result = Histories(offsets: [0], items: [], ratings: [], times: [], itemCount: itemCount)
    for user in 0..<userCount {
      let range = part(user)
      result.items += items[range]
      result.ratings += ratings[range]
      result.times += times[range]
      result.offsets.append(result.items.count)
    }
    return result
  }
}
