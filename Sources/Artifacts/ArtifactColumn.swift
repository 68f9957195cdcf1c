/// What a column holds; the raw value is the safetensors dtype, `text` is a U8 column with offsets.
public enum ColumnType: String, Sendable, Codable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case int64 = "I64"
  case int32 = "I32"
  case uint8 = "U8"
  case text

  /// The bytes of one value; 1 for text.
  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .uint8, .text: 1
    }
  }
}

/// A row-major array with its shape.
struct Column: Sendable, Equatable {
  var shape: [Int]
  var values: ColumnValues
}

/// The values of a column in their own type.
enum ColumnValues: Sendable, Equatable {
  case float64([Double])
  case float32([Float])
  case int64([Int64])
  case int32([Int32])
  case uint8([UInt8])

  var type: ColumnType {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .int64: .int64
    case .int32: .int32
    case .uint8: .uint8
    }
  }

  var count: Int {
    switch self {
    case .float64(let values): values.count
    case .float32(let values): values.count
    case .int64(let values): values.count
    case .int32(let values): values.count
    case .uint8(let values): values.count
    }
  }

  var byteCount: Int { count * type.size }

  /// Hands out the little-endian bytes of all values.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .float64(let values): try values.withUnsafeBytes(body)
    case .float32(let values): try values.withUnsafeBytes(body)
    case .int64(let values): try values.withUnsafeBytes(body)
    case .int32(let values): try values.withUnsafeBytes(body)
    case .uint8(let values): try values.withUnsafeBytes(body)
    }
  }

  /// Copies little-endian bytes of any alignment; their count is a multiple of the value size.
  init(_ type: ColumnType, copying bytes: UnsafeRawBufferPointer) {
    switch type {
    case .float64: self = .float64(copy(bytes))
    case .float32: self = .float32(copy(bytes))
    case .int64: self = .int64(copy(bytes))
    case .int32: self = .int32(copy(bytes))
    case .uint8, .text: self = .uint8(copy(bytes))
    }
  }

  /// One value in decimal digits, with as many as it takes to read it back.
  func describe(_ index: Int) -> String {
    switch self {
    case .float64(let values): "\(values[index])"
    case .float32(let values): "\(values[index])"
    case .int64(let values): "\(values[index])"
    case .int32(let values): "\(values[index])"
    case .uint8(let values): "\(values[index])"
    }
  }

  func isFinite(_ index: Int) -> Bool {
    switch self {
    case .float64(let values): values[index].isFinite
    case .float32(let values): values[index].isFinite
    case .int64, .int32, .uint8: true
    }
  }

  /// The index of the first infinity or NaN.
  var firstNonFinite: Int? {
    switch self {
    case .float64(let values): values.firstIndex { !$0.isFinite }
    case .float32(let values): values.firstIndex { !$0.isFinite }
    case .int64, .int32, .uint8: nil
    }
  }
}

private func copy<Value: BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer) -> [Value] {
  let count = bytes.count / MemoryLayout<Value>.stride
  return Array(unsafeUninitializedCapacity: count) { target, initialized in
    UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
    initialized = count
  }
}

#if _endian(big)
#error("columns are copied to and from files as they are, which needs a little-endian machine")
#endif
