extension Assembly {
  /// The user's own data, UTF-8: RFC 4180 files with a header line, or JSON Lines by the name `.jsonl`.
  ///
  /// `interactions` has columns `user`, `item` and, if it likes, `rating` and `timestamp`; `items`
  /// has `item`, `title` and attributes; `users` has `user` and attributes. Columns come in any
  /// order. The parser is written here, on bytes, because it has to go on after broken quoting
  /// and say on which line it was. Several files of interactions are read one after another; what the
  /// first has of ratings and times the others must have.
  mutating func readCSV(interactions: [String], items: String?, users: String?) throws {
    if let items { try scanEntities("items", items, id: "item", title: "title", into: \.items) }
    if let users { try scanEntities("users", users, id: "user", title: nil, into: \.users) }
    var first: [String]?
    for path in interactions {
      let required = ["user", "item"] + (first ?? [])
      let found = try scanInteractions(
        path, required: required, hasItems: items != nil, hasUsers: users != nil)
      first = first ?? found
    }
    hasTimes = first?.contains("timestamp") ?? false
    // Without ratings every interaction is a like.
    if !(first?.contains("rating") ?? false) { likeThreshold = 1 }
  }

  /// Reads a file of interactions; returns which of `rating` and `timestamp` it has.
  private mutating func scanInteractions(
    _ path: String, required: [String], hasItems: Bool, hasUsers: Bool
  ) throws -> [String] {
    var columns = (user: 0, item: 0, rating: Int?.none, timestamp: Int?.none)
    try scanCSV("interactions", path, required: required) { found, _ in
      columns = (
        found[required: "user"], found[required: "item"], found.column("rating"),
        found.column("timestamp")
      )
    } use: { record, assembly in
      let rating = columns.rating.map { record.rating($0) } ?? 1
      guard let rating else {
        return .bad(
          "rating \(record.shown(columns.rating ?? 0)), expected a number from -1000000 to 1000000")
      }
      let time = columns.timestamp.map { record.integer($0) } ?? 0
      guard let time else {
        return .bad(
          "timestamp \(record.shown(columns.timestamp ?? 0)) is no whole number of 64 bits")
      }
      if hasUsers, assembly.users.row(record, columns.user) == nil {
        return .bad("user \(record.shown(columns.user)) is not in the users file")
      }
      if hasItems, assembly.items.row(record, columns.item) == nil {
        return .bad("item \(record.shown(columns.item)) is not in the items file")
      }
      guard let user = assembly.users.rowOrNew(record, columns.user, .utf8) else {
        return .bad("user \(record.shown(columns.user)) is empty or not valid UTF-8")
      }
      guard let item = assembly.items.rowOrNew(record, columns.item, .utf8) else {
        return .bad("item \(record.shown(columns.item)) is empty or not valid UTF-8")
      }
      assembly.add(user: user, item: item, rating: rating, time: time)
      return .kept
    }
    return (columns.rating == nil ? [] : ["rating"])
      + (columns.timestamp == nil ? [] : ["timestamp"])
  }

  private mutating func scanEntities(
    _ role: String, _ path: String, id: String, title: String?,
    into builder: WritableKeyPath<Assembly, EntityBuilder>
  ) throws {
    var attributes: [(name: String, column: Int)] = []
    var columns = (id: 0, title: Int?.none)
    try scanCSV(role, path, required: [id]) { found, assembly in
      columns = (found[required: id], title.flatMap { found.column($0) })
      attributes = found.attributes(except: [id, title])
      assembly[keyPath: builder].declare(attributes.map { ($0.name, false) })
    } use: { record, assembly in
      var values: [[String]] = []
      for (name, column) in attributes {
        guard let text = record.text(column, .utf8) else {
          return .bad("column '\(name)' is not valid UTF-8")
        }
        values.append(splitValues(text))
      }
      guard let title = columns.title.map({ record.text($0, .utf8) }) ?? "" else {
        return .bad("the title is not valid UTF-8")
      }
      return assembly[keyPath: builder].add(
        record, id: columns.id, .utf8, title: title, values: values)
    }
  }

  /// Reads the header, then every record that has as many fields as it.
  private mutating func scanCSV(
    _ role: String, _ path: String, required: [String],
    header: (Header, inout Assembly) -> Void,
    use: (Record, inout Assembly) -> Verdict
  ) throws {
    var count = 0
    try scan(role, path, isJSONLines(path) ? .jsonLines : .csv) { record, assembly in
      let found = try Header(record, file: path, required: required)
      count = found.names.count
      header(found, &assembly)
      return true
    } use: { record, assembly in
      record.count == count
        ? use(record, &assembly) : .bad("\(record.count) fields, expected \(count)")
    }
  }
}

/// The column names of a CSV file, or the names in one of JSON Lines.
private struct Header {
  let names: [String]

  init(_ record: Record, file: String, required: [String]) throws {
    names = (0..<record.count).map { record.text($0, .utf8)?.lowercased() ?? "" }
    var seen: Set<String> = []
    for name in names where !name.isEmpty {
      guard seen.insert(name).inserted else {
        throw DatasetError.repeatedColumn(file: file, column: name)
      }
      guard !name.contains(where: { $0 == "," || $0 == "." }) else {
        throw DatasetError.badColumnName(file: file, column: name)
      }
    }
    for column in required where !seen.contains(column) {
      throw DatasetError.missingColumn(file: file, column: column, found: names)
    }
  }

  func column(_ name: String) -> Int? { names.firstIndex(of: name) }

  subscript(required name: String) -> Int {
    guard let column = column(name) else { preconditionFailure("the header was checked") }
    return column
  }

  /// Every other named column: its name, and where it is.
  func attributes(except reserved: [String?]) -> [(name: String, column: Int)] {
    names.enumerated().filter { !$1.isEmpty && !reserved.contains($1) }.map { ($1, $0) }
  }
}

/// Whether a file's name says that it holds JSON Lines.
func isJSONLines(_ path: String) -> Bool {
  path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.zst")
}

/// The values of `a|b`, without blanks around them and without empty ones.
private func splitValues(_ text: String) -> [String] {
  text.split(separator: "|").map { part in
    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }.filter { !$0.isEmpty }
}
