public import Artifacts

/// A named attribute of every item (or every user).
public struct Attribute: Sendable, Equatable {
  /// The name, such as `genres`.
  public var name: String
  /// True when every value is the decimal notation of a number.
  public var isNumeric: Bool
  /// The values of each row: none where missing, several for a multi-valued attribute.
  public var values: [[String]]

  public init(name: String, isNumeric: Bool, values: [[String]]) {
    self.name = name
    self.isNumeric = isNumeric
    self.values = values
  }
}

/// Items or users: a row is an index, in the order of the published file.
public struct Entities: Sendable, Equatable {
  /// The published identifiers, one a row, all different.
  public var ids: [String]
  /// The titles, one a row; not necessarily all different, and empty for users.
  public var titles: [String]
  /// The attributes, each with one list of values a row.
  public var attributes: [Attribute]

  /// The number of rows.
  public var count: Int { ids.count }

  public init(ids: [String], titles: [String], attributes: [Attribute]) {
    precondition(titles.count == ids.count, "one title a row")
    precondition(attributes.allSatisfy { $0.values.count == ids.count }, "one value list a row")
    self.ids = ids
    self.titles = titles
    self.attributes = attributes
  }

  /// The attribute of that name, if there is one.
  public func attribute(_ name: String) -> Attribute? {
    attributes.first { $0.name == name }
  }

  /// The given rows, in the given order.
  public func selecting(_ rows: [Int]) -> Entities {
    Entities(
      ids: rows.map { ids[$0] }, titles: rows.map { titles[$0] },
      attributes: attributes.map { attribute in
        Attribute(
          name: attribute.name, isNumeric: attribute.isNumeric,
          values: rows.map { attribute.values[$0] })
      })
  }
}

extension Entities {
  /// Whether a row's title says something in words: it is more than the identifier that stands in for a missing one,
  /// or that has several words.
  public func hasWords(_ row: Int) -> Bool { titles[row] != ids[row] || titles[row].contains(" ") }

  /// Which axis the rows are of: a catalogue's are items.
  private static func schema(_ name: String) -> Schema {
    let rows = Schema.Axis.rows(of: name)
    return Schema(
      name,
      [
        .init("ids", .text, [.axis(rows)]), .init("titles", .text, [.axis(rows)]),
        .init("attributes", .text, [.axis("attributes")]),
      ])
  }

  /// Reads an artifact of schema `catalogue` or `users`.
  ///
  /// Throws `ArtifactError`.
  public init(artifact: Artifact) throws {
    var schema = Self.schema(artifact.schema)
    try schema.check(artifact)
    ids = try artifact.text("ids")
    titles = try artifact.text("titles")
    if let id = firstRepeated(ids) {
      throw artifact.problem("ids", found: "\(id) twice", expected: "each identifier once")
    }
    let names = try artifact.text("attributes")
    if let name = firstRepeated(names) {
      throw artifact.problem("attributes", found: "\(name) twice", expected: "each name once")
    }
    for name in names {
      let values = Schema.Axis("values of \(name)")
      schema.columns += [
        .init("attribute.\(name).values", .text, [.axis(values)]),
        .init(
          "attribute.\(name).offsets", .int64, [.bounds(of: .rows(of: artifact.schema))],
          .offsets(into: values)),
      ]
    }
    try schema.check(artifact)
    let numeric = Set((artifact.metadata["numeric"] ?? "").split(separator: ",").map(String.init))
    attributes = []
    for name in names {
      let flat = try artifact.text("attribute.\(name).values")
      let offsets = try artifact.int64s("attribute.\(name).offsets").map { Int($0) }
      attributes.append(
        Attribute(
          name: name, isNumeric: numeric.contains(name),
          values: ids.indices.map { Array(flat[offsets[$0]..<offsets[$0 + 1]]) }))
    }
  }

  /// The artifact of these rows; `schema` is `catalogue` or `users`.
  public func artifact(schema: String) -> Artifact {
    let numeric = attributes.filter(\.isNumeric).map(\.name).joined(separator: ",")
    var artifact = Artifact(schema: schema, metadata: ["numeric": numeric])
    artifact.set("ids", text: ids)
    artifact.set("titles", text: titles)
    artifact.set("attributes", text: attributes.map(\.name))
    for attribute in attributes {
      artifact.set("attribute.\(attribute.name).values", text: attribute.values.flatMap { $0 })
      let offsets = rowOffsets(of: attribute.values)
      artifact.set("attribute.\(attribute.name).offsets", int64s: offsets.map { Int64($0) })
    }
    return artifact
  }
}

extension Schema.Axis {
  /// What the rows of a schema of entities are.
  fileprivate static func rows(of schema: String) -> Schema.Axis {
    schema == "users" ? .users : .items
  }
}

/// The first word that occurs a second time.
func firstRepeated(_ words: [String]) -> String? {
  var seen = Set<String>()
  return words.first { !seen.insert($0).inserted }
}

/// CSR offsets of lists laid end to end: [rows + 1], from 0.
func rowOffsets<Value>(of rows: [[Value]]) -> [Int] {
  var offsets = [0]
  offsets.reserveCapacity(rows.count + 1)
  var total = 0
  for row in rows {
    total += row.count
    offsets.append(total)
  }
  return offsets
}
