/// The name of the column that tells where each string of a text column starts and ends.
func textOffsetsName(_ name: String) -> String { name + textOffsetsSuffix }

private let textOffsetsSuffix = ".offsets"

extension Artifact {
  /// Whether the column is text: U8 with one dimension, and I64 offsets with one dimension.
  func isText(_ name: String) -> Bool {
    guard let column = columns[name], let offsets = columns[textOffsetsName(name)] else {
      return false
    }
    return column.values.type == .uint8 && column.shape.count == 1
      && offsets.values.type == .int64 && offsets.shape.count == 1
  }

  func isTextOffsets(_ name: String) -> Bool {
    name.hasSuffix(textOffsetsSuffix) && isText(String(name.dropLast(textOffsetsSuffix.count)))
  }

  func textCount(_ name: String) -> Int {
    max(0, (columns[textOffsetsName(name)]?.values.count ?? 1) - 1)
  }

  func encodeText(_ strings: [String]) -> (bytes: [UInt8], offsets: [Int64]) {
    var bytes: [UInt8] = []
    var offsets: [Int64] = [0]
    bytes.reserveCapacity(strings.reduce(0) { $0 + $1.utf8.count })
    offsets.reserveCapacity(strings.count + 1)
    for string in strings {
      bytes.append(contentsOf: string.utf8)
      offsets.append(Int64(bytes.count))
    }
    return (bytes, offsets)
  }

  /// The strings between the offsets, once these and the UTF-8 are known to be sound.
  func decodeText(_ name: String, _ bytes: [UInt8], _ offsets: [Int64]) throws -> [String] {
    try checkText(name, bytes, offsets)
    return (1..<offsets.count).map { row in
      String(decoding: bytes[Int(offsets[row - 1])..<Int(offsets[row])], as: UTF8.self)
    }
  }

  /// Checks every text column.
  func checkText() throws {
    for name in columnNames where isText(name) {
      try checkText(name, try bytes(name), try int64s(textOffsetsName(name)))
    }
  }

  /// Offsets start at 0, never fall, end with the bytes; between any two of them lies valid UTF-8.
  private func checkText(_ name: String, _ bytes: [UInt8], _ offsets: [Int64]) throws {
    guard offsets.first == 0, offsets.last == Int64(bytes.count) else {
      throw error(
        .badTextOffsets(
          name: name, row: 0,
          found: "\(offsets.count) offsets, first \(describe(offsets.first)), last "
            + describe(offsets.last), expected: "first 0, last \(bytes.count)"))
    }
    for row in 1..<offsets.count where offsets[row] < offsets[row - 1] {
      throw error(
        .badTextOffsets(
          name: name, row: row, found: "\(offsets[row])",
          expected: "at least \(offsets[row - 1]), the offset before it"))
    }
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch let problem {
      throw error(.invalidText(name: name, byte: problem.byteOffsets.lowerBound))
    }
    for offset in offsets where offset < bytes.count && bytes[Int(offset)] & 0xC0 == 0x80 {
      throw error(.invalidText(name: name, byte: Int(offset)))
    }
  }
}

private func describe(_ offset: Int64?) -> String { offset.map { "\($0)" } ?? "none" }
