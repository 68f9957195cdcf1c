public import Artifacts

/// One held-out interaction a user.
///
/// Validation and test targets are artifacts of different schemas, so that a stage that asks for one cannot be
/// given the other.
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

  /// Reads an artifact of schema `validation` or `test`.
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

  /// The test targets' artifact, of schema `test`.
  public func testArtifact() -> Artifact { artifact(schema: "test") }

  fileprivate func artifact(schema: String) -> Artifact {
    var artifact = Artifact(schema: schema)
    artifact.set("items", int32s: items)
    artifact.set("ratings", floats: ratings)
    return artifact
  }
}

/// Validation targets, and which users' may stop a language model's training.
///
/// The others' choose the blend, so that no weight and no mode is chosen on a validation item that the
/// model was selected by. The parting is drawn once, with the split, and travels with it.
public struct ValidationTargets: Sendable, Equatable {
  public var targets: Targets
  /// One flag a user: [U].
  public var stopping: [Bool]

  /// The users that choose: [U], the negation of `stopping`.
  public var choosing: [Bool] { stopping.map { !$0 } }

  public init(targets: Targets, stopping: [Bool]) {
    precondition(targets.items.count == stopping.count, "one flag a user")
    self.targets = targets
    self.stopping = stopping
  }

  /// Reads an artifact of schema `validation`.
  ///
  /// Throws as `Targets` does.
  public init(artifact: Artifact) throws {
    targets = try Targets(artifact: artifact)
    let flags = try artifact.bytes("stopping")
    let check = ArtifactCheck(schema: artifact.schema)
    try check.that(
      flags.count == targets.items.count, "stopping",
      "\(flags.count) entries, not \(targets.items.count)")
    try check.that(flags.allSatisfy { $0 <= 1 }, "stopping", "a flag that is neither 0 nor 1")
    stopping = flags.map { $0 == 1 }
  }

  /// The artifact, of schema `validation`.
  public func artifact() -> Artifact {
    var artifact = targets.artifact(schema: "validation")
    artifact.set("stopping", bytes: stopping.map { $0 ? 1 : 0 })
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
