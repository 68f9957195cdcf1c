import Foundations

/// Columns that have the same number of rows, that is the same first extent.
public struct ArtifactTable: Sendable, Equatable {
  /// How many rows each column has.
  public let rows: Int
  /// The columns in the order of their names.
  public let columns: [String]
}

/// How rows are written for other programs.
public enum RowFormat: String, Sendable, CaseIterable {
  /// A JSON object a line; columns of several dimensions become nested arrays.
  case jsonLines = "jsonl"
  /// Comma-separated values under a header (RFC 4180, lines end with a line feed).
  ///
  /// Columns of several dimensions spread over `NAME[0]`, `NAME[1]` …, or `NAME[0][0]` ….
  case csv
}

extension Artifact {
  /// The columns grouped by their number of rows, the group with the most columns first.
  public var tables: [ArtifactTable] {
    let groups = Dictionary(grouping: columnNames, by: rowCount)
    return groups.map { ArtifactTable(rows: $0.key, columns: $0.value) }.sorted {
      $0.columns.count == $1.columns.count
        ? $0.rows > $1.rows : $0.columns.count > $1.columns.count
    }
  }

  /// The table that a column belongs to.
  ///
  /// Throws `ArtifactError` when there is no such column.
  public func table(of name: String) throws -> ArtifactTable {
    let rows = try shape(of: name).first ?? 1
    return ArtifactTable(rows: rows, columns: columnNames.filter { rowCount($0) == rows })
  }

  /// Writes the rows of a table piece by piece, as UTF-8.
  ///
  /// Numbers take as many digits as it needs to read them back exactly. In JSON, infinities and NaN
  /// are null; in CSV, `inf`, `-inf` and `nan`.
  /// - Parameters:
  ///   - table: one of `tables`, or some columns of it.
  ///   - format: how to write.
  ///   - write: takes the next bytes, in pieces of about 64 KiB.
  /// - Throws: `ArtifactError` when a column is missing; what `write` throws.
  public func writeRows(
    of table: ArtifactTable, as format: RowFormat, to write: ([UInt8]) throws -> Void
  ) throws {
    let columns = try table.columns.map(rowColumn)
    var buffer: [UInt8] = []
    if format == .csv {
      let header = columns.flatMap(\.flatNames).map { Escaping.csv($0) }.joined(separator: ",")
      buffer.append(contentsOf: "\(header)\n".utf8)
    }
    for row in 0..<table.rows {
      switch format {
      case .jsonLines: appendJSON(columns, row, to: &buffer)
      case .csv: appendCSV(columns, row, to: &buffer)
      }
      buffer.append(UInt8(ascii: "\n"))
      if buffer.count >= 64 << 10 {
        try write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    if !buffer.isEmpty { try write(buffer) }
  }

  private func rowCount(_ name: String) -> Int {
    isText(name) ? textCount(name) : columns[name]?.shape.first ?? 1
  }

  private func rowColumn(_ name: String) throws -> RowColumn {
    let column = try column(name)
    let cells: Cells = isText(name) ? .text(try text(name)) : .numbers(column.values)
    return RowColumn(name: name, extents: try shape(of: name).dropFirst(), cells: cells)
  }
}

private enum Cells {
  case numbers(ColumnValues)
  case text([String])
}

private struct RowColumn {
  var name: String
  /// The extents of one row; none for a single cell.
  var extents: ArraySlice<Int>
  var cells: Cells

  var width: Int { extents.reduce(1, *) }

  /// The name of every cell of a row: `NAME`, or `NAME[0]`, `NAME[1]` ….
  var flatNames: [String] {
    extents.reduce([name]) { names, extent in
      names.flatMap { name in (0..<extent).map { "\(name)[\($0)]" } }
    }
  }
}

private func appendCSV(_ columns: [RowColumn], _ row: Int, to buffer: inout [UInt8]) {
  var first = true
  for column in columns {
    let width = column.width
    for index in row * width..<(row + 1) * width {
      if !first { buffer.append(UInt8(ascii: ",")) }
      first = false
      switch column.cells {
      case .numbers(let values): buffer.append(contentsOf: values.describe(index).utf8)
      case .text(let strings): buffer.append(contentsOf: Escaping.csv(strings[index]).utf8)
      }
    }
  }
}

private func appendJSON(_ columns: [RowColumn], _ row: Int, to buffer: inout [UInt8]) {
  buffer.append(UInt8(ascii: "{"))
  for (position, column) in columns.enumerated() {
    if position > 0 { buffer.append(UInt8(ascii: ",")) }
    buffer.append(contentsOf: "\(JSONValue.quoted(column.name)):".utf8)
    appendJSON(column.cells, at: row * column.width, column.extents, to: &buffer)
  }
  buffer.append(UInt8(ascii: "}"))
}

/// Appends the cells from an index on, nested as the extents say.
private func appendJSON(
  _ cells: Cells, at index: Int, _ extents: ArraySlice<Int>, to buffer: inout [UInt8]
) {
  guard let extent = extents.first else {
    switch cells {
    case .numbers(let values):
      let text = values.isFinite(index) ? values.describe(index) : "null"
      buffer.append(contentsOf: text.utf8)
    case .text(let strings): buffer.append(contentsOf: JSONValue.quoted(strings[index]).utf8)
    }
    return
  }
  let inner = extents.dropFirst()
  let width = inner.reduce(1, *)
  buffer.append(UInt8(ascii: "["))
  for position in 0..<extent {
    if position > 0 { buffer.append(UInt8(ascii: ",")) }
    appendJSON(cells, at: index + position * width, inner, to: &buffer)
  }
  buffer.append(UInt8(ascii: "]"))
}
