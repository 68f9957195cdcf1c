/// A GGUF file (versions 2 and 3, little-endian): metadata by key, then tensors.
///
/// Layout as in ggml's `docs/gguf.md`. All counts and lengths are checked against the bytes that are there
/// before anything is made of them.
struct GGUFFile: Sendable {
  /// A value of the metadata; arrays of one kind only.
  enum Value: Sendable, Equatable {
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case string(String)
    case integers([Int64])
    case floats([Double])
    case booleans([Bool])
    case strings([String])
  }

  /// A tensor's place.
  struct Tensor: Sendable {
    let encoding: TensorEncoding
    /// Outermost extent first, the reverse of the file's order.
    let shape: [Int]
    /// Bytes within the file.
    let range: Range<Int>
  }

  let file: MappedFile
  let metadata: [String: Value]
  let tensors: [String: Tensor]

  var path: String { file.path }

  /// Maps a file and reads all but the tensors' numbers.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  init(_ path: String) throws {
    let file = try MappedFile(path)
    (metadata, tensors) = try file.read { bytes in
      var reader = GGUFReader(bytes: bytes, path: path)
      return try reader.header()
    }
    self.file = file
  }
}

/// Reads the beginning of a GGUF file.
private struct GGUFReader {
  /// The largest extent of metadata and tensor table: 1 GiB.
  private static let headerLimit = 1 << 30
  /// The most values in an array.
  private static let arrayLimit = 1 << 24

  let bytes: UnsafeRawBufferPointer
  let path: String
  private var offset = 0
  private var version: UInt32 = 0

  init(bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  mutating func header() throws -> ([String: GGUFFile.Value], [String: GGUFFile.Tensor]) {
    guard bytes.starts(with: "GGUF".utf8) else {
      throw CheckpointError(path, "found no GGUF file, expected it to begin with 'GGUF'")
    }
    offset = 4
    version = try integer(UInt32.self)
    guard version == 2 || version == 3 else {
      throw CheckpointError.unsupported(
        path, version.byteSwapped < 16 ? "a big-endian GGUF file" : "GGUF version \(version)",
        supported: "GGUF version 2 or 3, little-endian")
    }
    // A tensor takes at least 24 bytes of the table, a pair of the metadata 13.
    let tensorCount = try count("tensors", of: 24)
    let pairCount = try count("metadata keys", of: 13)
    var metadata: [String: GGUFFile.Value] = [:]
    for _ in 0..<pairCount {
      let key = try string()
      let value = try value(of: try integer(UInt32.self), key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw error("metadata key \(key) occurs twice")
      }
    }
    return (metadata, try tensors(tensorCount, alignment: try alignment(metadata)))
  }

  // MARK: Tensors

  private func alignment(_ metadata: [String: GGUFFile.Value]) throws -> Int {
    switch metadata["general.alignment"] {
    case nil: return 32
    case .integer(let value) where value > 0 && value <= 1 << 20 && value & (value - 1) == 0:
      return Int(value)
    case let value?:
      throw error("general.alignment is \(value), expected a power of two up to 1048576")
    }
  }

  private mutating func tensors(
    _ count: Int, alignment: Int
  ) throws -> [String: GGUFFile.Tensor] {
    struct Entry {
      let name: String
      let encoding: TensorEncoding
      let shape: [Int]
      let offset: UInt64
    }
    var entries: [Entry] = []
    for _ in 0..<count {
      let name = try string()
      let dimensions = try integer(UInt32.self)
      guard dimensions <= 4 else {
        throw error("tensor \(name) has \(dimensions) dimensions, expected at most 4")
      }
      var shape: [Int] = []
      for _ in 0..<dimensions { shape.append(try length("an extent of tensor \(name)")) }
      let type = try integer(UInt32.self)
      guard let encoding = TensorEncoding(ggmlType: type) else {
        throw CheckpointError.unsupported(
          path, "tensor \(name) of type \(TensorEncoding.ggmlName(type))",
          supported: "tensors of types \(TensorEncoding.list)")
      }
      entries.append(
        Entry(
          name: name, encoding: encoding, shape: shape.reversed(),
          offset: try integer(UInt64.self)))
    }
    let start = (offset + alignment - 1) / alignment * alignment
    var tensors: [String: GGUFFile.Tensor] = [:]
    for entry in entries {
      guard let size = entry.encoding.byteCount(shape: entry.shape) else {
        throw error(
          "tensor \(entry.name) has shape \(entry.shape), expected whole blocks of "
            + "\(entry.encoding.blockSize)")
      }
      guard entry.offset.isMultiple(of: UInt64(alignment)),
        let offset = Int(exactly: entry.offset), start <= bytes.count,
        offset <= bytes.count - start, size <= bytes.count - start - offset
      else {
        throw error(
          "tensor \(entry.name) has \(size) bytes at \(entry.offset), which do not lie within the "
            + "file's \(max(0, bytes.count - start)) bytes of data at a multiple of \(alignment)")
      }
      let tensor = GGUFFile.Tensor(
        encoding: entry.encoding, shape: entry.shape,
        range: start + offset..<start + offset + size)
      guard tensors.updateValue(tensor, forKey: entry.name) == nil else {
        throw error("tensor \(entry.name) occurs twice")
      }
    }
    return tensors
  }

  // MARK: Values

  private mutating func value(of type: UInt32, _ key: String) throws -> GGUFFile.Value {
    switch type {
    case 0, 1, 2, 3, 4, 5, 10, 11: return .integer(try integer(ofType: type, key))
    case 6, 12: return .float(try float(ofType: type))
    case 7: return .boolean(try boolean(key))
    case 8: return .string(try string())
    case 9: return try array(key)
    default: throw error("metadata key \(key) has type \(type), expected 0 to 12")
    }
  }

  private mutating func array(_ key: String) throws -> GGUFFile.Value {
    let type = try integer(UInt32.self)
    let sizes: [UInt32: Int] = [
      0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 8: 8, 10: 8, 11: 8, 12: 8,
    ]
    guard let size = sizes[type] else {
      throw error("metadata key \(key) is an array of type \(type), expected plain values")
    }
    let count = try count("values of \(key)", of: size)
    guard count <= Self.arrayLimit else {
      throw error("metadata key \(key) has \(count) values, expected at most \(Self.arrayLimit)")
    }
    switch type {
    case 6, 12: return .floats(try (0..<count).map { _ in try float(ofType: type) })
    case 7: return .booleans(try (0..<count).map { _ in try boolean(key) })
    case 8: return .strings(try (0..<count).map { _ in try string() })
    default: return .integers(try (0..<count).map { _ in try integer(ofType: type, key) })
    }
  }

  private mutating func integer(ofType type: UInt32, _ key: String) throws -> Int64 {
    switch type {
    case 0: return Int64(try integer(UInt8.self))
    case 1: return Int64(try integer(Int8.self))
    case 2: return Int64(try integer(UInt16.self))
    case 3: return Int64(try integer(Int16.self))
    case 4: return Int64(try integer(UInt32.self))
    case 5: return Int64(try integer(Int32.self))
    case 11: return try integer(Int64.self)
    default:
      let value = try integer(UInt64.self)
      guard let value = Int64(exactly: value) else {
        throw error("metadata key \(key) is \(value), expected at most \(Int64.max)")
      }
      return value
    }
  }

  private mutating func float(ofType type: UInt32) throws -> Double {
    type == 6
      ? Double(Float(bitPattern: try integer(UInt32.self)))
      : Double(bitPattern: try integer(UInt64.self))
  }

  private mutating func boolean(_ key: String) throws -> Bool {
    switch try integer(UInt8.self) {
    case 0: return false
    case 1: return true
    case let value: throw error("metadata key \(key) is \(value), expected 0 or 1")
    }
  }

  private mutating func string() throws -> String {
    let length = try length("the length of a text")
    let start = offset
    try advance(length)
    guard let text = String(validating: bytes[start..<offset], as: UTF8.self) else {
      throw error("a text that is no UTF-8")
    }
    return text
  }

  // MARK: Bytes

  /// A count of things that take at least `size` bytes each and must fit into the rest of the file.
  private mutating func count(_ what: String, of size: Int) throws -> Int {
    let count = try length("the number of \(what)")
    guard count <= (bytes.count - offset) / size else {
      throw error("\(count) \(what), more than the file has bytes for")
    }
    return count
  }

  private mutating func length(_ what: String) throws -> Int {
    let value = try integer(UInt64.self)
    guard let length = Int(exactly: value) else { throw error("\(what) is \(value)") }
    return length
  }

  private mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws -> Integer {
    let start = offset
    try advance(MemoryLayout<Integer>.size)
    return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Integer.self))
  }

  private mutating func advance(_ count: Int) throws {
    guard count <= bytes.count - offset else {
      throw error("the end of the file, expected \(count) more bytes")
    }
    offset += count
    guard offset <= Self.headerLimit else {
      throw error("a header of more than \(Self.headerLimit) bytes")
    }
  }

  private func error(_ problem: String) -> CheckpointError {
    CheckpointError(path, "byte \(offset): found \(problem)")
  }
}

extension TensorEncoding {
  private static let ggmlTypes: [UInt32: TensorEncoding] = [
    0: .f32, 1: .f16, 2: .q4x0, 3: .q4x1, 8: .q8x0, 12: .q4K, 14: .q6K, 30: .bf16,
  ]

  /// The encoding of a `ggml_type`; nil where it is not read here.
  init?(ggmlType: UInt32) {
    guard let encoding = Self.ggmlTypes[ggmlType] else { return nil }
    self = encoding
  }

  /// The name of a `ggml_type`, for messages.
  static func ggmlName(_ type: UInt32) -> String {
    let others: [UInt32: String] = [
      6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 13: "Q5_K", 15: "Q8_K",
      16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
      22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
      29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]
    return ggmlTypes[type]?.rawValue ?? others[type] ?? "\(type)"
  }
}
