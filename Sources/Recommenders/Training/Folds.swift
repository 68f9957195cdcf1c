internal import Datasets

/// Training data without the fold positions, which a model that did not see them predicts.
struct Fold {
  /// Ascending by user, then position.
  var users: [Int32] = []
  var positions: [Int32] = []
  /// The data without them, and without validation: a fold trains as long as the main fit chose.
  var data: TrainingData

  init(_ full: TrainingData, _ folds: FoldPositions) {
    let train = full.train
    data = full
    data.validationUsers = [Bool](repeating: false, count: train.userCount)
    let kept = folds.starts.map { Int($0) }
    for (user, first) in kept.enumerated() {
      for position in first..<train.count(of: user) {
        users.append(Int32(user))
        positions.append(Int32(position))
      }
    }
    data.train = folds.known(of: train)
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
