import FoundationEssentials
import Foundations

/// The JSON header of a safetensors file: what each column is and where its bytes lie.
struct SafetensorsHeader: Equatable {
  static let metadataKey = "__metadata__"

  /// Where a column lies; offsets count from the first byte after the header.
  struct Entry: Equatable {
    var type: ColumnType
    var shape: [Int]
    var range: Range<Int>
  }

  var metadata: [String: String] = [:]
  var entries: [String: Entry] = [:]

  /// The names in the order of their data.
  var namesInFileOrder: [String] { Self.inFileOrder(entries.mapValues(\.range)) }

  private static func inFileOrder(_ ranges: [String: Range<Int>]) -> [String] {
    ranges.sorted { left, right in
      let (a, b) = (left.value, right.value)
      if a.lowerBound != b.lowerBound { return a.lowerBound < b.lowerBound }
      return a.upperBound == b.upperBound
        ? precedesByBytes(left.key, right.key) : a.upperBound < b.upperBound
    }.map(\.key)
  }
}

// MARK: - Writing

extension SafetensorsHeader {
  /// Lays columns out: the widest types first, so that all are aligned, then by name.
  init(metadata: [String: String], columns: [String: Column]) {
    self.metadata = metadata
    let names = columns.sorted { left, right in
      let (a, b) = (left.value.values.type.size, right.value.values.type.size)
      return a == b ? precedesByBytes(left.key, right.key) : a > b
    }
    var offset = 0
    for (name, column) in names {
      let end = offset + column.values.byteCount
      entries[name] = Entry(type: column.values.type, shape: column.shape, range: offset..<end)
      offset = end
    }
  }

  /// The length of the header (UInt64), the header, and spaces up to a multiple of eight bytes.
  var bytes: [UInt8] {
    let facts = metadata.sorted { precedesByBytes($0.key, $1.key) }
      .map { "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))" }
    var members = ["\(JSONValue.quoted(Self.metadataKey)):{\(facts.joined(separator: ","))}"]
    for (name, entry) in entries.sorted(by: { precedesByBytes($0.key, $1.key) }) {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONValue.quoted(name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}")
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }
}

// MARK: - Reading

extension SafetensorsHeader {
  /// Reads a header and checks it against the number of data bytes that follow it.
  ///
  /// The columns must lie within the data, without gap or overlap, and fill them.
  /// Throws `ArtifactError.Problem`.
  init(json: [UInt8], dataBytes: Int) throws {
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(json))
    } catch {
      throw ArtifactError.Problem.badHeader(describe(error))
    }
    guard countKeys(json) == document.keyCount else {
      throw ArtifactError.Problem.badHeader("a key occurs twice or is none of safetensors")
    }
    metadata = document.metadata ?? [:]
    for name in document.tensors.keys.sorted(by: precedesByBytes) {
      guard let tensor = document.tensors[name] else { continue }
      entries[name] = try tensor.entry(name, dataBytes)
    }
    var end = 0
    for name in namesInFileOrder {
      guard let range = entries[name]?.range else { continue }
      guard range.lowerBound == end else {
        throw ArtifactError.Problem.offsetsNotAdjoining(
          name: name, found: range.lowerBound, expected: end)
      }
      end = range.upperBound
    }
    guard end == dataBytes else {
      throw ArtifactError.Problem.unusedData(found: dataBytes, expected: end)
    }
  }
}

private struct Document: Decodable {
  var metadata: [String: String]?
  var tensors: [String: Tensor] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == SafetensorsHeader.metadataKey {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
      }
    }
  }

  /// How many keys a JSON text with this content has.
  var keyCount: Int { (metadata.map { 1 + $0.count } ?? 0) + 4 * tensors.count }

  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

private struct Tensor: Decodable {
  var dtype: String
  var shape: [Int]
  var offsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype
    case shape
    case offsets = "data_offsets"
  }

  func entry(_ name: String, _ dataBytes: Int) throws -> SafetensorsHeader.Entry {
    guard let type = ColumnType(rawValue: dtype), type != .text else {
      throw ArtifactError.Problem.unknownType(name: name, found: dtype)
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= dataBytes
    else {
      throw ArtifactError.Problem.offsetsOutside(
        name: name, found: offsets, dataBytes: dataBytes)
    }
    guard byteCount(type) == offsets[1] - offsets[0] else {
      throw ArtifactError.Problem.sizeMismatch(
        name: name, shape: shape, found: offsets[1] - offsets[0])
    }
    return .init(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The bytes of the shape, nil where it is negative or too large for an integer.
  private func byteCount(_ type: ColumnType) -> Int? {
    if shape.contains(where: { $0 < 0 }) { return nil }
    if shape.contains(0) { return 0 }
    var count = type.size
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }
}

/// Counts the keys of a valid JSON text, which are the colons outside of strings.
///
/// Decoding keeps one value of a key that occurs twice; the count tells that there were two.
private func countKeys(_ json: [UInt8]) -> Int {
  var count = 0
  var inString = false
  var escaped = false
  for byte in json {
    if escaped {
      escaped = false
    } else if byte == UInt8(ascii: "\"") {
      inString.toggle()
    } else if inString {
      escaped = byte == UInt8(ascii: "\\")
    } else if byte == UInt8(ascii: ":") {
      count += 1
    }
  }
  return count
}

private func describe(_ error: any Error) -> String {
  func at(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (path.isEmpty ? "" : "\(path): ") + context.debugDescription
  }
  return switch error as? DecodingError {
  case .dataCorrupted(let context): at(context)
  case .keyNotFound(let key, let context): "\(at(context)) (\(key.stringValue))"
  case .typeMismatch(_, let context), .valueNotFound(_, let context): at(context)
  default: "\(error)"
  }
}
