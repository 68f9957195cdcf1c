/// Conditions that the columns of an artifact must meet before a value is handed out.
struct ArtifactCheck {
  let schema: String

  func that(_ holds: Bool, _ column: String, _ reason: @autoclosure () -> String) throws {
    if !holds {
      throw DatasetError.malformedArtifact(schema: schema, column: column, reason: reason())
    }
  }

  /// Offsets must have `rows` + 1 entries that rise from 0 to `values`.
  func offsets(_ offsets: [Int], rows: Int, values: Int, column: String) throws {
    try that(offsets.count == rows + 1, column, "\(offsets.count) entries, not \(rows + 1)")
    try that(
      offsets.first == 0 && offsets.last == values, column, "must run from 0 to \(values)")
    try that(
      zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, column, "must never fall")
  }
}
