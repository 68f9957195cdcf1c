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
  /// Reads an artifact of schema `features`.
  ///
  /// Throws `DatasetError.malformedArtifact` where columns do not fit together, and the container's
  /// own errors where one is missing.
  public init(artifact: Artifact) throws {
    let check = ArtifactCheck(schema: artifact.schema)
    let names = try artifact.text("fields")
    let decoder = JSONDecoder()
    func list<Value: Decodable>(_ key: String, of type: Value.Type) throws -> [Value] {
      let text = artifact.metadata[key] ?? ""
      guard let list = try? decoder.decode([Value].self, from: Data(text.utf8)),
        list.count == names.count
      else {
        throw DatasetError.malformedArtifact(
          schema: artifact.schema, column: key,
          reason: "the metadata must be a JSON list of \(names.count) entries")
      }
      return list
    }
    let sides = try list("sides", of: Side.self)
    let cardinalities = try list("cardinalities", of: Int.self)
    fields = []
    for (index, name) in names.enumerated() {
      let column = "field.\(name)"
      let offsets = try artifact.int64s("\(column).offsets").map { Int($0) }
      let values = try artifact.int32s("\(column).values")
      try check.that(!offsets.isEmpty, "\(column).offsets", "no entries")
      try check.offsets(
        offsets, rows: offsets.count - 1, values: values.count, column: "\(column).offsets")
      try check.that(
        zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }, "\(column).offsets",
        "a row without a value")
      try check.that(
        values.allSatisfy { $0 >= 0 && Int($0) < cardinalities[index] }, "\(column).values",
        "a value outside 0..<\(cardinalities[index])")
      fields.append(
        Field(
          name: name, side: sides[index], cardinality: cardinalities[index], offsets: offsets,
          values: values))
    }
    for side in [Side.user, .item] {
      try check.that(field(side.rawValue) != nil, "fields", "no field '\(side.rawValue)'")
    }
  }

  /// The artifact, of schema `features`.
  public func artifact() -> Artifact {
    let sides = fields.map { "\"\($0.side.rawValue)\"" }.joined(separator: ",")
    let cardinalities = fields.map { "\($0.cardinality)" }.joined(separator: ",")
    var artifact = Artifact(
      schema: "features", version: 1,
      metadata: ["sides": "[\(sides)]", "cardinalities": "[\(cardinalities)]"])
    artifact.set("fields", text: fields.map(\.name))
    for field in fields {
      artifact.set("field.\(field.name).values", int32s: field.values)
      artifact.set("field.\(field.name).offsets", int64s: field.offsets.map { Int64($0) })
    }
    return artifact
  }
}
