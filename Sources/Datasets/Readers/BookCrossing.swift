extension Assembly {
  /// Book-Crossing: `;` between quoted fields, ISO-8859-1, a header line that may be missing.
  ///
  /// Explicit ratings (above 0) of listed books; raters without a line in the users file stay.
  mutating func readBookCrossing(ratings: String, books: String, users: String) throws {
    hasTimes = false
    items.declare([("author", false), ("year", true), ("publisher", false)])
    try scan("items", books, .bookCrossing, header: isHeader("ISBN")) { record, assembly in
      guard record.count == 5 || record.count == 8 else {
        return .bad("\(record.count) fields, expected 5, or 8 with image addresses")
      }
      guard let year = record.integer(3) else {
        return .bad("year \(record.shown(3)) is no whole number")
      }
      let texts = [1, 2, 4].map { decodingEntities(record.text($0, .latin1) ?? "") }
      return assembly.items.add(
        record, id: 0, .latin1, title: texts[0],
        values: [present(texts[1]), year == 0 ? [] : [String(year)], present(texts[2])])
    }
    self.users.declare([("country", false), ("age", true)])
    try scan("users", users, .bookCrossing, header: isHeader("User-ID")) { record, assembly in
      guard record.count == 3 else { return .bad("\(record.count) fields, expected 3") }
      let location = decodingEntities(record.text(1, .latin1) ?? "")
      let age = record.integer(2)
      guard age != nil || record.text(2, .latin1) == "NULL" else {
        return .bad("age \(record.shown(2)), expected a whole number or NULL")
      }
      let plausible = age.flatMap { (5...100).contains($0) ? [String($0)] : nil } ?? []
      return assembly.users.add(
        record, id: 0, .latin1, values: [present(country(in: location)), plausible])
    }
    try scan("interactions", ratings, .bookCrossing, header: isHeader("User-ID")) {
      record, assembly in
      guard record.count == 3 else { return .bad("\(record.count) fields, expected 3") }
      guard !record.bytes[record.range(1)].contains(Ascii.quote) else {
        return .bad("ISBN \(record.shown(1)) is malformed: it contains a quote")
      }
      guard let rating = record.integer(2), (0...10).contains(rating) else {
        return .bad("rating \(record.shown(2)), expected 0 to 10")
      }
      if rating == 0 { return .leftOut("implicit (rating 0)") }
      guard let item = assembly.items.row(record, 1) else {
        return .leftOut("the book is not in the book list")
      }
      guard let user = assembly.users.rowOrNew(record, 0, .latin1) else {
        return .bad("the user is empty")
      }
      assembly.add(user: user, item: item, rating: Float(rating), time: 0)
      return .kept
    }
  }
}

private func isHeader(_ first: String) -> (Record, inout Assembly) -> Bool {
  { record, _ in
    record.problem == nil && record.text(0, .latin1) == first
  }
}

private func present(_ text: String) -> [String] { text.isEmpty ? [] : [text] }

/// The last part of `city, region, country`; empty where it is unknown.
private func country(in location: String) -> String {
  let last = location.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
  let name = trimmed(last.filter { $0 != "\"" })
  return name == "n/a" ? "" : name
}

private func trimmed(_ text: String) -> String {
  let kept = text.drop { $0 == " " }
  return String(kept.reversed().drop { $0 == " " }.reversed())
}

/// Text with the HTML character references of the published files replaced, once.
func decodingEntities(_ text: String) -> String {
  guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
  var result = ""
  var rest = text[...]
  while let ampersand = rest.firstIndex(of: "&") {
    result += rest[..<ampersand]
    rest = rest[ampersand...]
    if let end = rest.prefix(9).firstIndex(of: ";"),
      let character = character(named: rest[rest.index(after: ampersand)..<end])
    {
      result.append(character)
      rest = rest[rest.index(after: end)...]
    } else {
      result.append("&")
      rest = rest.dropFirst()
    }
  }
  return result + rest
}

private func character(named name: Substring) -> Character? {
  switch name {
  case "amp": return "&"
  case "lt": return "<"
  case "gt": return ">"
  case "quot": return "\""
  case "apos": return "'"
  default:
    guard name.first == "#", let code = UInt32(name.dropFirst()) else { return nil }
    return Unicode.Scalar(code).map { Character($0) }
  }
}
