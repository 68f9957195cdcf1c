public import Artifacts
internal import Foundations

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

  fileprivate static let columns: [Schema.Column] = [
    .init("items", .int32, [.axis(.users)], .rowsOrNone(of: .items)),
    .init("ratings", .float32, [.axis(.users)], .ratings),
  ]
  static let testSchema = Schema("test", columns)

  /// Reads an artifact of schema `test`, or the targets of one of schema `validation`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.testSchema.check(artifact)
    self.init(items: try artifact.int32s("items"), ratings: try artifact.floats("ratings"))
  }

  /// The test targets' artifact, of schema `test`.
  public func testArtifact() -> Artifact { artifact(schema: Self.testSchema.name) }

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

  /// The users whose validation item may stop a training, by seed no more than so many of those who have one: [U].
  ///
  /// To stop a language model's training a few thousand are enough, and each is a prompt.
  public func stopping(atMost count: Int, seed: UInt64) -> [Bool] {
    var users = stopping.indices.filter { stopping[$0] && targets.items[$0] >= 0 }
    guard users.count > count else { return stopping }
    var random = SeededRandom(seed: seed, purpose: "stopping users")
    random.shuffle(&users)
    let chosen = Set(users.prefix(count))
    return stopping.indices.map(chosen.contains)
  }

  public init(targets: Targets, stopping: [Bool]) {
    precondition(targets.items.count == stopping.count, "one flag a user")
    self.targets = targets
    self.stopping = stopping
  }

  static let schema = Schema(
    "validation", Targets.columns + [.init("stopping", .uint8, [.axis(.users)], .flags)])

  /// Reads an artifact of schema `validation`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    targets = try Targets(artifact: artifact)
    stopping = try artifact.bytes("stopping").map { $0 == 1 }
  }

  /// The artifact, of schema `validation`.
  public func artifact() -> Artifact {
    var artifact = targets.artifact(schema: Self.schema.name)
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

  static let schema = Schema(
    "questions", [.init("items", .int32, [.axis(.users)], .rowsOrNone(of: .items))])

  /// Reads an artifact of schema `questions`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    items = try artifact.int32s("items")
  }

  /// The artifact, of schema `questions`.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: Self.schema.name)
    artifact.set("items", int32s: items)
    return artifact
  }
}

extension Schema.Values {
  /// Ratings as readers accept them: their squares stay exact enough to be summed.
  static let ratings = Schema.Values.between(-1e6...1e6)
}
