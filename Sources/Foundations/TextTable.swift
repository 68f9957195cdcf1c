/// Rows of cells as lines with aligned columns.
public struct TextTable: Sendable {
  public var titles: [String]
  public var rows: [[String]]
  /// The columns whose cells stand at the right, as numbers do.
  public var rightAligned: Set<Int>

  /// A table whose rows have as many cells as there are titles.
  public init(titles: [String], rows: [[String]], rightAligned: Set<Int> = []) {
    precondition(rows.allSatisfy { $0.count == titles.count }, "a cell for each title")
    self.titles = titles
    self.rows = rows
    self.rightAligned = rightAligned
  }

  /// Lines under a header and a rule.
  public var plain: String {
    let widths = self.widths
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(titles, widths), rule] + rows.map { line($0, widths) }).joined(separator: "\n")
  }

  /// A Markdown table.
  public var markdown: String {
    let rule = titles.indices.map { rightAligned.contains($0) ? "---:" : "---" }
    return ([titles, rule] + rows).map { row in
      "| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }

  private var widths: [Int] {
    titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = cells.indices.map { column in
      let space = String(repeating: " ", count: widths[column] - cells[column].count)
      return rightAligned.contains(column) ? space + cells[column] : cells[column] + space
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}
