public import Artifacts

/// Which training interactions the instruction set asks about: each user's last ones, as the test is drawn.
///
/// They are drawn once, with the split, and travel with it: the backbone that hints at them and the language model
/// that is tuned on them have not seen them (method section 3).
public struct FoldPositions: Sendable, Equatable {
  /// How many of each user's training interactions come before the held-out ones: [U].
  public var starts: [Int32]

  /// Holds out the last min(`limit`, max(1, ⌊n / 5⌋)) interactions of a user with n ≥ 3, and none of others.
  ///
  /// - Parameters:
  ///   - train: Training interactions.
  ///   - limit: Most of a user; 0 holds out nothing.
  public init(of train: Histories, limit: Int) {
    starts = (0..<train.userCount).map { user in
      let count = train.count(of: user)
      return Int32(count < 3 ? count : count - min(limit, max(1, count / 5)))
    }
  }

  /// How many interactions are held out.
  ///
  /// - Parameter train: The training interactions that the positions were drawn from.
  /// - Returns: Over all users.
  public func count(of train: Histories) -> Int {
    starts.indices.reduce(0) { $0 + train.count(of: $1) - Int(starts[$1]) }
  }

  /// What is known of the training interactions without the held-out ones.
  ///
  /// - Parameter train: The training interactions that the positions were drawn from.
  /// - Returns: Each user's interactions before them.
  public func known(of train: Histories) -> Histories {
    train.keeping { train.range(of: $0).prefix(Int(starts[$0])) }
  }
}

extension FoldPositions {
  static let schema = Schema(
    "folds", [.init("starts", .int32, [.axis(.users)], .between(0...Double(Int32.max)))])

  /// Reads an artifact of schema `folds`.
  ///
  /// - Parameters:
  ///   - artifact: What preprocess wrote.
  ///   - train: The training interactions that it goes with.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact, of train: Histories) throws {
    try Self.schema.check(artifact)
    starts = try artifact.int32s("starts")
    guard starts.count == train.userCount else {
      throw artifact.problem(
        "starts", found: "\(starts.count) users", expected: "\(train.userCount), as in train")
    }
    for (user, start) in starts.enumerated() where Int(start) > train.count(of: user) {
      throw artifact.problem(
        "starts", found: "\(start) for user \(user)",
        expected: "at most the \(train.count(of: user)) training interactions")
    }
  }

  /// The artifact, of schema `folds`.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: Self.schema.name)
    artifact.set("starts", int32s: starts)
    return artifact
  }
}

extension Histories {
  /// The part of each user's interactions that a closure names by positions in `items`.
  ///
  /// - Parameter part: Gets a user; within the user's range or empty.
  /// - Returns: Histories of the same users and items.
  public func keeping(_ part: (Int) -> Range<Int>) -> Histories {
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
