public import Artifacts

/// One held-out interaction a user.
public struct Targets: Sendable, Equatable {
  /// The held-out item of each user: [U], -1 where there is none.
  public var items: [Int32]
  /// Its rating: [U], 0 where there is none.
  public var ratings: [Float]

  /// The number of users that have a target.
  public var count: Int { items.count { $0 >= 0 } }

  public init(items: [Int32], ratings: [Float]) {
    precondition(items.count == ratings.count, "one rating a target")
    self.items = items
    self.ratings = ratings
  }

  /// Reads an artifact of schema `targets`.
  ///
  /// Throws `DatasetError.malformedArtifact` where columns do not fit together, and the container's
  /// own errors where one is missing.
  public init(artifact: Artifact) throws {
    let check = ArtifactCheck(schema: artifact.schema)
    let items = try artifact.int32s("items")
    let ratings = try artifact.floats("ratings")
    try check.that(
      ratings.count == items.count, "ratings", "\(ratings.count) entries, not \(items.count)")
    try check.that(items.allSatisfy { $0 >= -1 }, "items", "an item below -1")
    try check.that(ratings.allSatisfy(\.isFinite), "ratings", "a rating that is not finite")
    self.init(items: items, ratings: ratings)
  }

  /// The artifact, of schema `targets`; `split` (`validation` or `test`) goes into the metadata.
  public func artifact(split: String) -> Artifact {
    var artifact = Artifact(schema: "targets", version: 1, metadata: ["split": split])
    artifact.set("items", int32s: items)
    artifact.set("ratings", floats: ratings)
    return artifact
  }
}

/// Which item's rating is asked of each user at test: the test items without their ratings.
public struct RatingQuestions: Sendable, Equatable {
  /// The item asked of each user: [U], -1 where there is none.
  public var items: [Int32]

  public init(items: [Int32]) { self.items = items }

  /// The questions that ask for what `targets` hold.
  public init(_ targets: Targets) { items = targets.items }

  /// Reads an artifact of schema `questions`.
  ///
  /// Throws `DatasetError.malformedArtifact` on an item below -1, and the container's own errors
  /// where the column is missing.
  public init(artifact: Artifact) throws {
    items = try artifact.int32s("items")
    let check = ArtifactCheck(schema: artifact.schema)
    try check.that(items.allSatisfy { $0 >= -1 }, "items", "an item below -1")
  }

  /// The artifact, of schema `questions`.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: "questions", version: 1, metadata: [:])
    artifact.set("items", int32s: items)
    return artifact
  }
}
