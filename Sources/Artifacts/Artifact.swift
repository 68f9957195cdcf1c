/// A named set of numeric and text columns that travels between stages as one file.
///
/// In memory a column is a flat row-major array with a shape. On disk the artifact is a safetensors
/// file inside zstd frames (`docs/artifact-format.md`). Two artifacts are equal when schema, version,
/// metadata and columns are equal; where they were read from does not matter.
public struct Artifact: Sendable {
  /// The name of the agreement on columns, such as `interactions`.
  public let schema: String
  /// The version of the schema, from 1.
  public let version: Int
  /// Free-form facts beside the columns; `write` adds the reserved keys itself.
  public var metadata: [String: String]
  /// The file this artifact was read from, for error messages.
  public internal(set) var path: String?

  var columns: [String: Column] = [:]

  /// Makes an artifact without columns.
  public init(schema: String, version: Int = 1, metadata: [String: String] = [:]) {
    self.schema = schema
    self.version = version
    self.metadata = metadata
  }

  /// The names of all columns in the order of their UTF-8 bytes; a text column counts once.
  public var columnNames: [String] {
    columns.keys.filter { !isTextOffsets($0) }.sorted(by: precedesByBytes)
  }

  /// Whether there is a column of this name.
  public func has(_ name: String) -> Bool { columns[name] != nil }

  /// The shape of a column; `[count]` for text.
  ///
  /// Throws `ArtifactError` when there is no such column.
  public func shape(of name: String) throws -> [Int] {
    let column = try column(name)
    return isText(name) ? [textCount(name)] : column.shape
  }

  /// What a column holds.
  ///
  /// Throws `ArtifactError` when there is no such column.
  public func type(of name: String) throws -> ColumnType {
    let column = try column(name)
    return isText(name) ? .text : column.values.type
  }

  // MARK: Storing columns

  /// Stores an F32 column, row-major; the shape is `[count]` unless given.
  public mutating func set(_ name: String, floats: [Float], shape: [Int]? = nil) {
    store(name, .float32(floats), shape)
  }

  /// Stores an F64 column, row-major; the shape is `[count]` unless given.
  public mutating func set(_ name: String, doubles: [Double], shape: [Int]? = nil) {
    store(name, .float64(doubles), shape)
  }

  /// Stores an I32 column, row-major; the shape is `[count]` unless given.
  public mutating func set(_ name: String, int32s: [Int32], shape: [Int]? = nil) {
    store(name, .int32(int32s), shape)
  }

  /// Stores an I64 column, row-major; the shape is `[count]` unless given.
  public mutating func set(_ name: String, int64s: [Int64], shape: [Int]? = nil) {
    store(name, .int64(int64s), shape)
  }

  /// Stores a U8 column, row-major; the shape is `[count]` unless given.
  public mutating func set(_ name: String, bytes: [UInt8], shape: [Int]? = nil) {
    store(name, .uint8(bytes), shape)
  }

  /// Stores strings as two columns: `NAME` (U8, their UTF-8) and `NAME.offsets` (I64, count + 1).
  public mutating func set(_ name: String, text: [String]) {
    let (bytes, offsets) = encodeText(text)
    store(name, .uint8(bytes), nil)
    store(textOffsetsName(name), .int64(offsets), nil)
  }

  /// Removes a column if it exists.
  public mutating func remove(_ name: String) {
    if isText(name) { columns[textOffsetsName(name)] = nil }
    columns[name] = nil
  }

  // MARK: Reading columns

  /// The values of an F32 column, row-major.
  ///
  /// Throws `ArtifactError` when the column is missing or of another type.
  public func floats(_ name: String) throws -> [Float] {
    guard case .float32(let values) = try column(name).values else {
      throw wrongType(name, expected: .float32)
    }
    return values
  }

  /// The values of an F64 column, row-major.
  ///
  /// Throws `ArtifactError` when the column is missing or of another type.
  public func doubles(_ name: String) throws -> [Double] {
    guard case .float64(let values) = try column(name).values else {
      throw wrongType(name, expected: .float64)
    }
    return values
  }

  /// The values of an I32 column, row-major.
  ///
  /// Throws `ArtifactError` when the column is missing or of another type.
  public func int32s(_ name: String) throws -> [Int32] {
    guard case .int32(let values) = try column(name).values else {
      throw wrongType(name, expected: .int32)
    }
    return values
  }

  /// The values of an I64 column, row-major.
  ///
  /// Throws `ArtifactError` when the column is missing or of another type.
  public func int64s(_ name: String) throws -> [Int64] {
    guard case .int64(let values) = try column(name).values else {
      throw wrongType(name, expected: .int64)
    }
    return values
  }

  /// The values of a U8 column, row-major; for a text column its UTF-8 bytes.
  ///
  /// Throws `ArtifactError` when the column is missing or of another type.
  public func bytes(_ name: String) throws -> [UInt8] {
    guard case .uint8(let values) = try column(name).values else {
      throw wrongType(name, expected: .uint8)
    }
    return values
  }

  /// The strings of a text column.
  ///
  /// Throws `ArtifactError` when the column is missing, of another type, or not well-formed text.
  public func text(_ name: String) throws -> [String] {
    guard case .uint8(let bytes) = try column(name).values, isText(name),
      case .int64(let offsets) = try column(textOffsetsName(name)).values
    else { throw wrongType(name, expected: .text) }
    return try decodeText(name, bytes, offsets)
  }
}

extension Artifact: Equatable {
  public static func == (left: Artifact, right: Artifact) -> Bool {
    left.schema == right.schema && left.version == right.version
      && left.metadata == right.metadata && left.columns == right.columns
  }
}

extension Artifact {
  private mutating func store(_ name: String, _ values: ColumnValues, _ shape: [Int]?) {
    precondition(name != SafetensorsHeader.metadataKey, "\(name) is no name for a column")
    let shape = shape ?? [values.count]
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
      "column \(name): shape \(shape) does not hold \(values.count) values")
    precondition(
      !isTextOffsets(name) || values.type == .int64,
      "column \(name) holds the offsets of a text column")
    remove(name)
    columns[name] = Column(shape: shape, values: values)
  }

  func column(_ name: String) throws -> Column {
    guard let column = columns[name] else {
      throw error(.missingColumn(name: name, columns: columnNames))
    }
    return column
  }

  private func wrongType(_ name: String, expected: ColumnType) -> any Error {
    do {
      return error(.wrongColumnType(name: name, found: try type(of: name), expected: expected))
    } catch { return error }
  }

  func error(_ problem: ArtifactError.Problem) -> ArtifactError {
    ArtifactError(
      path: path ?? "(\(schema) in memory)", problem: problem, stage: metadata["stage"])
  }
}

/// The order of the UTF-8 bytes, which does not depend on the version of Unicode.
func precedesByBytes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
