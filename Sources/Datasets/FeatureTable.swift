public import Artifacts

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Users' and items' attributes as small integers, for models that embed them.
///
/// Value 0 of every field means missing or unknown: what never occurs in train shares it.
public struct FeatureTable: Sendable, Equatable {
  /// Whose attribute a field is.
  public enum Side: String, Sendable, Codable {
    case user
    case item
  }

  /// One attribute of every user or item (CSR).
  public struct Field: Sendable, Equatable {
    /// `user` and `item` for the identifiers, else `SIDE.ATTRIBUTE`, such as `item.genres`.
    public var name: String
    public var side: Side
    /// Values lie in `0..<cardinality`.
    public var cardinality: Int
    /// Where each row's values begin: [rows + 1].
    public var offsets: [Int]
    /// The values, at least one a row; `[0]` where missing.
    public var values: [Int32]

    /// The number of users or items.
    public var rowCount: Int { offsets.count - 1 }

    /// A row's values.
    public func values(of row: Int) -> ArraySlice<Int32> { values[offsets[row]..<offsets[row + 1]] }
  }

  /// The fields: `user` and the users' attributes, then `item` and the items'.
  public var fields: [Field]

  /// Encodes identifiers and attributes; only rows that occur in `train` define values.
  ///
  /// How an attribute becomes integers is told in `docs/datasets.md`.
  public init(users: Entities, items: Entities, train: Histories) {
    precondition(users.count == train.userCount && items.count == train.itemCount, "same rows")
    let frequencies = train.itemFrequencies()
    fields = []
    fields.append(.identifiers(.user, seen: (0..<users.count).map { train.count(of: $0) > 0 }))
    for attribute in users.attributes { append(attribute, side: .user) }
    fields.append(.identifiers(.item, seen: frequencies.map { $0 > 0 }))
    for attribute in items.attributes { append(attribute, side: .item) }
  }

  /// Adds an attribute (A' = A ∪ {a_d}), or replaces the one of that name on that side.
  public mutating func append(_ attribute: Attribute, side: Side) {
    guard let identifiers = field(side.rawValue) else {
      preconditionFailure("a feature table has both identifier fields")
    }
    precondition(attribute.values.count == identifiers.rowCount, "one value list a row")
    let seen = identifiers.values.map { $0 > 0 }
    let encoding = AttributeEncoding(attribute, seen: seen)
    let rows = attribute.values.map { encoding.codes($0) }
    let field = Field(
      name: "\(side.rawValue).\(attribute.name)", side: side, cardinality: encoding.cardinality,
      offsets: rowOffsets(of: rows), values: rows.flatMap { $0 })
    if let index = fields.firstIndex(where: { $0.name == field.name }) {
      fields[index] = field
    } else {
      fields.append(field)
    }
  }

  /// The field of that name, if there is one.
  public func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}

extension FeatureTable.Field {
  /// Row + 1 for rows that occur in train, else 0.
  fileprivate static func identifiers(_ side: FeatureTable.Side, seen: [Bool]) -> Self {
    Self(
      name: side.rawValue, side: side, cardinality: seen.count + 1,
      offsets: Array(0...seen.count),
      values: seen.enumerated().map { row, isSeen in isSeen ? Int32(row + 1) : 0 })
  }
}

extension FeatureTable {
  private static func schema(_ fields: [(name: String, side: Side, cardinality: Int)]) -> Schema {
    Schema(
      "features",
      [.init("fields", .text, [.axis("fields")])]
        + fields.flatMap { field -> [Schema.Column] in
          let values = Schema.Axis("values of \(field.name)")
          return [
            .init(
              "field.\(field.name).offsets", .int64,
              [.bounds(of: field.side == .user ? .users : .items)], .risingOffsets(into: values)),
            .init(
              "field.\(field.name).values", .int32, [.axis(values)],
              .between(0...Double(field.cardinality - 1))),
          ]
        })
  }

  /// Reads an artifact of schema `features`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    let names = try artifact.text("fields")
    func list<Value: Decodable>(_ key: String, of expected: String) throws -> [Value] {
      let text = artifact.metadata[key]
      guard let list = try? JSONDecoder().decode([Value].self, from: Data((text ?? "").utf8)),
        list.count == names.count
      else {
        throw artifact.problem(
          metadata: key, expected: "a JSON list of \(names.count) \(expected)")
      }
      return list
    }
    let sides: [Side] = try list("sides", of: "sides, user or item")
    let cardinalities: [Int] = try list("cardinalities", of: "counts")
    guard cardinalities.allSatisfy({ (1...Int(Int32.max)).contains($0) }) else {
      throw artifact.problem(metadata: "cardinalities", expected: "counts, each at least 1")
    }
    if let name = firstRepeated(names) {
      throw artifact.problem("fields", found: "\(name) twice", expected: "each name once")
    }
    for side in [Side.user, .item]
    where !zip(names, sides).contains(where: { $0 == (side.rawValue, side) }) {
      throw artifact.problem(
        "fields", found: names.joined(separator: ", "),
        expected: "a field \(side.rawValue) of the \(side.rawValue)s")
    }
    try Self.schema(names.indices.map { (names[$0], sides[$0], cardinalities[$0]) }).check(artifact)
    fields = try names.indices.map { index in
      Field(
        name: names[index], side: sides[index], cardinality: cardinalities[index],
        offsets: try artifact.int64s("field.\(names[index]).offsets").map { Int($0) },
        values: try artifact.int32s("field.\(names[index]).values"))
    }
  }

  /// The artifact, of schema `features`.
  public func artifact() -> Artifact {
    let sides = fields.map { "\"\($0.side.rawValue)\"" }.joined(separator: ",")
    let cardinalities = fields.map { "\($0.cardinality)" }.joined(separator: ",")
    var artifact = Artifact(
      schema: "features",
      metadata: ["sides": "[\(sides)]", "cardinalities": "[\(cardinalities)]"])
    artifact.set("fields", text: fields.map(\.name))
    for field in fields {
      artifact.set("field.\(field.name).values", int32s: field.values)
      artifact.set("field.\(field.name).offsets", int64s: field.offsets.map { Int64($0) })
    }
    return artifact
  }
}
