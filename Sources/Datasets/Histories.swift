public import Artifacts

/// Interactions by user, each user's in time order, laid end to end (CSR).
///
/// U users, N interactions, I items; user and item indices are rows of `users` and `catalogue`.
public struct Histories: Sendable, Equatable {
  /// Where each user's interactions begin: [U + 1].
  public var offsets: [Int]
  /// Item rows: [N], each below `itemCount`.
  public var items: [Int32]
  /// Ratings as published: [N], finite.
  public var ratings: [Float]
  /// Times in the data set's own unit: [N]; all zero where the data set has none.
  public var times: [Int64]
  /// The number of items in the catalogue: I.
  public var itemCount: Int

  /// The number of users: U.
  public var userCount: Int { offsets.count - 1 }

  public init(
    offsets: [Int], items: [Int32], ratings: [Float], times: [Int64], itemCount: Int
  ) {
    precondition(offsets.first == 0 && offsets.last == items.count, "offsets must span the items")
    precondition(ratings.count == items.count && times.count == items.count, "columns of length N")
    self.offsets = offsets
    self.items = items
    self.ratings = ratings
    self.times = times
    self.itemCount = itemCount
  }

  /// The positions of a user's interactions in `items`, `ratings` and `times`.
  public func range(of user: Int) -> Range<Int> { offsets[user]..<offsets[user + 1] }

  /// A user's items, oldest first.
  public func items(of user: Int) -> ArraySlice<Int32> { items[range(of: user)] }

  /// A user's ratings, oldest first.
  public func ratings(of user: Int) -> ArraySlice<Float> { ratings[range(of: user)] }

  /// How many interactions a user has: N(u).
  public func count(of user: Int) -> Int { offsets[user + 1] - offsets[user] }

  /// How many users interacted with each item: [I].
  public func itemFrequencies() -> [Int] {
    var counts = [Int](repeating: 0, count: itemCount)
    for item in items { counts[Int(item)] += 1 }
    return counts
  }
}

extension Histories {
  static let schema = Schema(
    "interactions",
    [
      .init("offsets", .int64, [.bounds(of: .users)], .offsets(into: "interactions")),
      .init("items", .int32, [.axis("interactions")], .rows(of: .items)),
      .init("ratings", .float32, [.axis("interactions")], .ratings),
      .init("times", .int64, [.axis("interactions")]),
    ])

  /// Reads an artifact of schema `interactions`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    let itemCount = try artifact.count(Schema.itemCount)
    try Self.schema.check(artifact)
    self.init(
      offsets: try artifact.int64s("offsets").map { Int($0) },
      items: try artifact.int32s("items"), ratings: try artifact.floats("ratings"),
      times: try artifact.int64s("times"), itemCount: itemCount)
  }

  /// The artifact, of schema `interactions`.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: Self.schema.name, metadata: [Schema.itemCount: String(itemCount)])
    artifact.set("offsets", int64s: offsets.map { Int64($0) })
    artifact.set("items", int32s: items)
    artifact.set("ratings", floats: ratings)
    artifact.set("times", int64s: times)
    return artifact
  }
}
