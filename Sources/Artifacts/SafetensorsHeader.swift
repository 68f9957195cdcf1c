import FoundationEssentials
import Foundations

/// The JSON header of a safetensors file: what each tensor is and where its bytes lie.
package struct SafetensorsHeader: Equatable, Sendable {
  static let metadataKey = "__metadata__"

  /// The bytes of one value of each dtype.
  static let sizes = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1, "BOOL": 1,
  ]

  /// Where a tensor lies; offsets count from the first byte after the header.
  package struct Entry: Equatable, Sendable {
    package var dtype: String
    package var shape: [Int]
    package var range: Range<Int>
  }

  package var metadata: [String: String] = [:]
  package var entries: [String: Entry] = [:]

  /// The names in the order of their data.
  package var namesInFileOrder: [String] { Self.inFileOrder(entries.mapValues(\.range)) }

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
  /// Lays tensors out: the widest types first, so that all are aligned, then by name.
  ///
  /// Traps on a dtype that safetensors does not have.
  package init(
    metadata: [String: String], tensors: [String: (dtype: String, shape: [Int])]
  ) {
    self.metadata = metadata
    let sized = tensors.map { name, tensor in
      guard let size = Self.sizes[tensor.dtype] else { preconditionFailure(tensor.dtype) }
      return (name: name, tensor: tensor, size: size)
    }
    var offset = 0
    for (name, tensor, size) in sized.sorted(by: {
      $0.size == $1.size ? precedesByBytes($0.name, $1.name) : $0.size > $1.size
    }) {
      let end = offset + tensor.shape.reduce(size, *)
      entries[name] = Entry(dtype: tensor.dtype, shape: tensor.shape, range: offset..<end)
      offset = end
    }
  }

  /// The length of the header (UInt64), the header, and spaces up to a multiple of eight bytes.
  package var bytes: [UInt8] {
    let facts = metadata.sorted { precedesByBytes($0.key, $1.key) }
      .map { "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))" }
    var members = ["\(JSONValue.quoted(Self.metadataKey)):{\(facts.joined(separator: ","))}"]
    for (name, entry) in entries.sorted(by: { precedesByBytes($0.key, $1.key) }) {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONValue.quoted(name)):{\"dtype\":\"\(entry.dtype)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}")
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }
}

// MARK: - Reading

extension SafetensorsHeader {
  /// Reads the header at the beginning of a file and checks it against the bytes that follow it.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - limit: The largest header, in bytes.
  /// - Returns: The header and where the data begin.
  /// - Throws: `ArtifactError.Problem`.
  package static func read(
    _ bytes: UnsafeRawBufferPointer, limit: Int
  ) throws -> (header: SafetensorsHeader, dataStart: Int) {
    guard bytes.count >= 8 else {
      throw ArtifactError.Problem.headerCutOff(found: bytes.count, expected: 8)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(limit) else {
      throw ArtifactError.Problem.headerTooLarge(found: length, limit: limit)
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw ArtifactError.Problem.headerCutOff(found: bytes.count, expected: start)
    }
    let header = try SafetensorsHeader(
      json: Array(bytes[8..<start]), dataBytes: bytes.count - start)
    return (header, start)
  }

  /// Reads a header and checks it against the number of data bytes that follow it.
  ///
  /// The tensors must lie within the data, without gap or overlap, and fill them.
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
    guard let size = SafetensorsHeader.sizes[dtype] else {
      throw ArtifactError.Problem.unknownType(name: name, found: dtype)
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= dataBytes
    else {
      throw ArtifactError.Problem.offsetsOutside(
        name: name, found: offsets, dataBytes: dataBytes)
    }
    guard byteCount(size) == offsets[1] - offsets[0] else {
      throw ArtifactError.Problem.sizeMismatch(
        name: name, shape: shape, found: offsets[1] - offsets[0])
    }
    return .init(dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The bytes of the shape, nil where it is negative or too large for an integer.
  private func byteCount(_ size: Int) -> Int? {
    if shape.contains(where: { $0 < 0 }) { return nil }
    if shape.contains(0) { return 0 }
    var count = size
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
