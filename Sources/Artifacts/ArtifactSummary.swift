import FoundationEssentials

/// What an artifact holds, for people (`text`) and programs (`json`).
public struct ArtifactSummary: Sendable, Equatable, Encodable {
  /// One column.
  public struct Column: Sendable, Equatable, Encodable {
    /// The name.
    public let name: String
    /// What it holds.
    public let type: ColumnType
    /// The extents, the row first.
    public let shape: [Int]
    /// The uncompressed bytes, for text without the offsets.
    public let bytes: Int
    /// The smallest finite value; nil for text and where there is none.
    public let minimum: Number?
    /// The largest finite value; nil for text and where there is none.
    public let maximum: Number?
    /// The mean of the finite values; nil for text and where there are none.
    public let mean: Double?
    /// How many values are infinite or NaN.
    public let nonFinite: Int
    /// The first three values, strings or numbers.
    public let first: [String]
  }

  /// A value of a column, exact whatever its type.
  public enum Number: Sendable, Equatable, Encodable, CustomStringConvertible {
    /// A value of an integer column.
    case integer(Int64)
    /// A value of an F32 or F64 column.
    case real(Double)

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .integer(let value): try container.encode(value)
      case .real(let value): try container.encode(value)
      }
    }

    /// The value, a real one with the digits of an F32.
    public var description: String {
      switch self {
      case .integer(let value): "\(value)"
      case .real(let value): "\(Float(value))"
      }
    }
  }

  /// The schema.
  public let schema: String
  /// The version of the schema.
  public let version: Int
  /// The metadata without the reserved keys.
  public let metadata: [String: String]
  /// All columns in the order of their names.
  public let columns: [Column]

  /// The summary as JSON with sorted keys.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      preconditionFailure("a summary holds finite numbers only: \(error)")
    }
  }

  /// The summary as lines with aligned columns.
  public var text: String {
    var lines = ["schema \(schema) \(version)"]
    for (key, value) in metadata.sorted(by: { precedesByBytes($0.key, $1.key) }) {
      lines.append("\(key) = \(shortened(value, to: 120))")
    }
    lines.append("")
    var rows = [["column", "type", "shape", "bytes", "min", "max", "mean", "first"]]
    for column in columns {
      rows.append([
        column.name, column.type.rawValue, "\(column.shape)", "\(column.bytes)",
        column.minimum.map { "\($0)" } ?? "", column.maximum.map { "\($0)" } ?? "",
        column.mean.map { "\(Number.real($0))" } ?? "",
        column.first.map { shortened($0, to: 24) }.joined(separator: " | ")
          + (column.nonFinite > 0 ? " (\(column.nonFinite) not finite)" : ""),
      ])
    }
    let widths = (0..<8).map { field in rows.map { $0[field].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Artifact {
  /// Sums up every column; O(values).
  ///
  /// Throws `ArtifactError` when a text column is not well formed.
  public func summary() throws -> ArtifactSummary {
    ArtifactSummary(
      schema: schema, version: version, metadata: metadata,
      columns: try columnNames.map { name in
        let statistics: Statistics
        var first: [String] = []
        switch try type(of: name) {
        case .text:
          statistics = Statistics()
          first = Array(try text(name).prefix(3))
        case .float64: statistics = Statistics(reals: try doubles(name))
        case .float32: statistics = Statistics(reals: try floats(name))
        case .int64: statistics = Statistics(integers: try int64s(name))
        case .int32: statistics = Statistics(integers: try int32s(name))
        case .uint8: statistics = Statistics(integers: try bytes(name))
        }
        let values = columns[name]?.values
        if let values, !isText(name) {
          first = (0..<min(3, values.count)).map { values.describe($0) }
        }
        return .init(
          name: name, type: try type(of: name), shape: try shape(of: name),
          bytes: values?.byteCount ?? 0, minimum: statistics.minimum,
          maximum: statistics.maximum, mean: statistics.mean, nonFinite: statistics.nonFinite,
          first: first)
      })
  }
}

private struct Statistics {
  var minimum: ArtifactSummary.Number?
  var maximum: ArtifactSummary.Number?
  var mean: Double?
  var nonFinite = 0

  init() {}

  init(reals values: [some BinaryFloatingPoint]) {
    var low = Double.infinity
    var high = -Double.infinity
    var mean = 0.0
    var count = 0
    for value in values {
      let value = Double(value)
      guard value.isFinite else { continue }
      count += 1
      low = min(low, value)
      high = max(high, value)
      mean += value / Double(count) - mean / Double(count)
    }
    nonFinite = values.count - count
    if count > 0 { (minimum, maximum, self.mean) = (.real(low), .real(high), mean) }
  }

  init(integers values: [some FixedWidthInteger]) {
    guard let low = values.min(), let high = values.max() else { return }
    minimum = .integer(Int64(low))
    maximum = .integer(Int64(high))
    mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
  }
}

private func shortened(_ text: String, to length: Int) -> String {
  let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
  return line.count > length ? line.prefix(length - 1) + "…" : line
}
