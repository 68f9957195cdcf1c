public import Artifacts
public import Datasets
public import Evaluation

/// What the language model labelled for a backbone: the artifact schema `labels`.
public enum Labels: Sendable, Equatable {
  /// Direct task: which of two items a user prefers.
  case pairs([PreferenceLabelling.Label])
  /// Sequential task: items to insert into the training sequences.
  case insertions([SequenceAugmentation.Insertion])
  /// Rating task: attributes of the items, one value each, or none.
  case attributes([Attribute])

  /// The task that the labels are for.
  public var task: RecommendationTask {
    switch self {
    case .pairs: .direct
    case .insertions: .sequential
    case .attributes: .rating
    }
  }
}

extension Labels {
  private static func schema(_ task: RecommendationTask, attributes: [String] = []) -> Schema {
    let rows: [Schema.Length] = [.axis("labels")]
    let users = Schema.Column("users", .int32, rows, .rows(of: .users))
    let columns: [Schema.Column] =
      switch task {
      case .direct:
        [
          users, .init("preferred", .int32, rows, .rows(of: .items)),
          .init("other", .int32, rows, .rows(of: .items)),
          .init("confidence", .float32, rows, .between(0...1)),
        ]
      case .sequential:
        [
          users, .init("items", .int32, rows, .rows(of: .items)),
          .init("positions", .int32, rows, .between(0...Double(Int32.max))),
        ]
      case .rating:
        [.init("attributes", .text, [.axis("attributes")])]
          + attributes.map { .init("attribute.\($0).values", .text, [.axis(.items)]) }
      }
    return Schema("labels", columns)
  }

  /// Reads an artifact of schema `labels`.
  ///
  /// - Parameter artifact: What label-augmentation wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    let task: RecommendationTask = try artifact.word("task")
    let names = task == .rating ? try artifact.text("attributes") : []
    try Self.schema(task, attributes: names).check(artifact)
    switch task {
    case .direct:
      let users = try artifact.int32s("users")
      let preferred = try artifact.int32s("preferred")
      let other = try artifact.int32s("other")
      let confidence = try artifact.floats("confidence")
      self = .pairs(
        users.indices.map {
          .init(
            user: users[$0], preferred: preferred[$0], other: other[$0],
            confidence: confidence[$0])
        })
    case .sequential:
      let users = try artifact.int32s("users")
      let items = try artifact.int32s("items")
      let positions = try artifact.int32s("positions")
      self = .insertions(
        users.indices.map { .init(user: users[$0], item: items[$0], position: positions[$0]) })
    case .rating:
      self = .attributes(
        try names.map { name in
          Attribute(
            name: name, isNumeric: false,
            values: try artifact.text("attribute.\(name).values").map { $0.isEmpty ? [] : [$0] })
        })
    }
  }

  /// The artifact that `init(artifact:)` reads.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: "labels", metadata: ["task": task.rawValue])
    switch self {
    case .pairs(let pairs):
      artifact.set("users", int32s: pairs.map(\.user))
      artifact.set("preferred", int32s: pairs.map(\.preferred))
      artifact.set("other", int32s: pairs.map(\.other))
      artifact.set("confidence", floats: pairs.map(\.confidence))
    case .insertions(let insertions):
      artifact.set("users", int32s: insertions.map(\.user))
      artifact.set("items", int32s: insertions.map(\.item))
      artifact.set("positions", int32s: insertions.map(\.position))
    case .attributes(let attributes):
      artifact.set("attributes", text: attributes.map(\.name))
      for attribute in attributes {
        artifact.set(
          "attribute.\(attribute.name).values", text: attribute.values.map { $0.first ?? "" })
      }
    }
    return artifact
  }
}
