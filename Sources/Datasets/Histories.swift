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
  /// Reads an artifact of schema `interactions`.
  ///
  /// Throws `DatasetError.malformedArtifact` where columns do not fit together, and the container's
  /// own errors where one is missing.
  public init(artifact: Artifact) throws {
    let check = ArtifactCheck(schema: artifact.schema)
    guard let count = artifact.metadata["items"].flatMap({ Int($0) }), count >= 0 else {
      throw DatasetError.malformedArtifact(
        schema: artifact.schema, column: "items",
        reason: "the metadata does not say how many items the catalogue has")
    }
    let offsets = try artifact.int64s("offsets").map { Int($0) }
    let items = try artifact.int32s("items")
    let ratings = try artifact.floats("ratings")
    let times = try artifact.int64s("times")
    try check.that(!offsets.isEmpty, "offsets", "no entries")
    try check.offsets(
      offsets, rows: offsets.count - 1, values: items.count, column: "offsets")
    try check.that(
      ratings.count == items.count, "ratings", "\(ratings.count) entries, not \(items.count)")
    try check.that(
      times.count == items.count, "times", "\(times.count) entries, not \(items.count)")
    try check.that(
      items.allSatisfy { $0 >= 0 && Int($0) < count }, "items", "an item outside 0..<\(count)")
    try check.that(ratings.allSatisfy(\.isFinite), "ratings", "a rating that is not finite")
    self.init(offsets: offsets, items: items, ratings: ratings, times: times, itemCount: count)
  }

  /// The artifact, of schema `interactions`.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: "interactions", version: 1, metadata: ["items": String(itemCount)])
    artifact.set("offsets", int64s: offsets.map { Int64($0) })
    artifact.set("items", int32s: items)
    artifact.set("ratings", floats: ratings)
    artifact.set("times", int64s: times)
    return artifact
  }
}
