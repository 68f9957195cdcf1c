public import Artifacts

/// What is delivered: a list for every user, and what explains it; the artifact schema `recommendations`.
///
/// R users of the input, in its order, those without a history last; I items of the catalogue.
public struct Recommendations: Sendable, Equatable {
  /// Who brought an item onto a list.
  public enum Source: String, CaseIterable, Sendable {
    case backbone
    case languageModel = "language-model"
    case both
    /// The most interacted items, for users without a history.
    case popular
  }

  /// One item of a list.
  public struct Entry: Sendable, Equatable {
    /// Row of the catalogue.
    public var item: Int32
    /// The blended utility, larger is better; comparable within one user's list.
    public var score: Float
    /// The backbone's own score; of a popular item how often it was interacted with.
    public var recommenderScore: Float
    /// The language model's log-probability or odds; 0 for popular items.
    public var languageModelScore: Float
    /// Where each side alone would put it among the user's candidates, from 1; 0 where it does not rank them.
    public var recommenderRank: Int
    public var languageModelRank: Int
    public var source: Source

    public init(
      item: Int32, score: Float, recommenderScore: Float, languageModelScore: Float,
      recommenderRank: Int = 0, languageModelRank: Int = 0, source: Source
    ) {
      self.recommenderRank = recommenderRank
      self.languageModelRank = languageModelRank
      self.item = item
      self.score = score
      self.recommenderScore = recommenderScore
      self.languageModelScore = languageModelScore
      self.source = source
    }
  }

  /// One user's list, best first, and what stands behind it.
  public struct List: Sendable, Equatable {
    /// The id in the user's own files.
    public var user: String
    public var entries: [Entry]
    /// N(u), all known interactions.
    public var interactions: Int
    /// α_u, the language model's weight (equation 7).
    public var alpha: Float
    /// What the prompt showed of the user's own history, oldest first.
    public var shown: [Int32]
    /// What the prompt showed of the most similar user's history (equation 4), oldest first.
    public var similar: [Int32]
    /// What the prompt told of the backbone's list, best first.
    public var hints: [Int32]

    public init(
      user: String, entries: [Entry], interactions: Int = 0, alpha: Float = 0, shown: [Int32] = [],
      similar: [Int32] = [], hints: [Int32] = []
    ) {
      self.user = user
      self.entries = entries
      self.interactions = interactions
      self.alpha = alpha
      self.shown = shown
      self.similar = similar
      self.hints = hints
    }
  }

  /// The items' ids in the user's own files, and their titles: [I].
  public var itemIDs: [String]
  public var titles: [String]
  /// One list a user, [R]; no user twice.
  public var lists: [List]

  public init(itemIDs: [String], titles: [String], lists: [List]) {
    precondition(itemIDs.count == titles.count, "one title an item")
    self.itemIDs = itemIDs
    self.titles = titles
    self.lists = lists
  }
}

extension Recommendations {
  private static let histories:
    [(name: String, list: any WritableKeyPath<List, [Int32]> & Sendable)] =
      [("shown", \.shown), ("similar", \.similar), ("hints", \.hints)]

  private static let schema: Schema = {
    let entries: [Schema.Length] = [.axis("entries")]
    let lists: [Schema.Length] = [.axis("lists")]
    return Schema(
      "recommendations",
      [
        .init("item-ids", .text, [.axis(.items)]), .init("titles", .text, [.axis(.items)]),
        .init("users", .text, lists),
        .init("interactions", .int32, lists, .between(0...Double(Int32.max))),
        .init("alpha", .float32, lists, .between(0...1)),
        .init("entry.offsets", .int64, [.bounds(of: "lists")], .offsets(into: "entries")),
        .init("entry.items", .int32, entries, .rows(of: .items)),
        .init("entry.score", .float32, entries, .numbers),
        .init("entry.recommender-score", .float32, entries, .numbers),
        .init("entry.language-model-score", .float32, entries, .numbers),
        .init("entry.recommender-rank", .int32, entries, .between(0...Double(Int32.max))),
        .init("entry.language-model-rank", .int32, entries, .between(0...Double(Int32.max))),
        .init(
          "entry.source", .uint8, entries, .between(0...Double(Source.allCases.count - 1))),
      ]
        + histories.flatMap { history -> [Schema.Column] in
          let axis = Schema.Axis("items \(history.name)")
          return [
            .init("\(history.name).offsets", .int64, [.bounds(of: "lists")], .offsets(into: axis)),
            .init("\(history.name).items", .int32, [.axis(axis)], .rows(of: .items)),
          ]
        })
  }()

  /// Reads an artifact of schema `recommendations`.
  ///
  /// - Parameter artifact: What recommend wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    let users = try artifact.text("users")
    if let user = firstRepeated(users) {
      throw artifact.problem("users", found: "\(user) twice", expected: "each user once")
    }
    let interactions = try artifact.int32s("interactions")
    let alpha = try artifact.floats("alpha")
    let offsets = try artifact.int64s("entry.offsets").map { Int($0) }
    let items = try artifact.int32s("entry.items")
    let scores = try artifact.floats("entry.score")
    let recommender = try artifact.floats("entry.recommender-score")
    let languageModel = try artifact.floats("entry.language-model-score")
    let recommenderRanks = try artifact.int32s("entry.recommender-rank")
    let languageModelRanks = try artifact.int32s("entry.language-model-rank")
    let sources = try artifact.bytes("entry.source")
    var lists = users.indices.map { row in
      List(
        user: users[row],
        entries: (offsets[row]..<offsets[row + 1]).map {
          Entry(
            item: items[$0], score: scores[$0], recommenderScore: recommender[$0],
            languageModelScore: languageModel[$0], recommenderRank: Int(recommenderRanks[$0]),
            languageModelRank: Int(languageModelRanks[$0]),
            source: Source.allCases[Int(sources[$0])])
        }, interactions: Int(interactions[row]), alpha: alpha[row])
    }
    for (name, list) in Self.histories {
      let offsets = try artifact.int64s("\(name).offsets").map { Int($0) }
      let items = try artifact.int32s("\(name).items")
      for row in lists.indices {
        lists[row][keyPath: list] = Array(items[offsets[row]..<offsets[row + 1]])
      }
    }
    self.init(
      itemIDs: try artifact.text("item-ids"), titles: try artifact.text("titles"), lists: lists)
  }

  /// The artifact that `init(artifact:)` reads.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: Self.schema.name, metadata: [Schema.itemCount: "\(itemIDs.count)"])
    artifact.set("item-ids", text: itemIDs)
    artifact.set("titles", text: titles)
    artifact.set("users", text: lists.map(\.user))
    artifact.set("interactions", int32s: lists.map { Int32($0.interactions) })
    artifact.set("alpha", floats: lists.map(\.alpha))
    let entries = lists.flatMap(\.entries)
    artifact.set("entry.offsets", int64s: rowOffsets(of: lists.map(\.entries)).map { Int64($0) })
    artifact.set("entry.items", int32s: entries.map(\.item))
    artifact.set("entry.score", floats: entries.map(\.score))
    artifact.set("entry.recommender-score", floats: entries.map(\.recommenderScore))
    artifact.set("entry.language-model-score", floats: entries.map(\.languageModelScore))
    artifact.set("entry.recommender-rank", int32s: entries.map { Int32($0.recommenderRank) })
    artifact.set("entry.language-model-rank", int32s: entries.map { Int32($0.languageModelRank) })
    artifact.set(
      "entry.source",
      bytes: entries.map { UInt8(Source.allCases.firstIndex(of: $0.source) ?? 0) })
    for (name, list) in Self.histories {
      let rows = lists.map { $0[keyPath: list] }
      artifact.set("\(name).offsets", int64s: rowOffsets(of: rows).map { Int64($0) })
      artifact.set("\(name).items", int32s: rows.flatMap { $0 })
    }
    return artifact
  }
}
