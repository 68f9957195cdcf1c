public import Artifacts

/// Users of the input without an interaction that counts: no model knows them, and lists are still owed to them.
public struct IdleUsers: Sendable, Equatable {
  /// The published identifiers, in the order of the file.
  public var ids: [String]

  /// The users of a data set that a split left out.
  public init(of raw: RawData, besides users: Entities) {
    let known = Set(users.ids)
    ids = raw.users.ids.filter { !known.contains($0) }
  }

  private static let schema = Schema("idle-users", [.init("ids", .text, [.axis("idle users")])])

  /// Reads an artifact of schema `idle-users`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    ids = try artifact.text("ids")
  }

  /// The artifact, of schema `idle-users`.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: Self.schema.name)
    artifact.set("ids", text: ids)
    return artifact
  }
}
