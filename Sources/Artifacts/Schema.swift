/// The agreement on one kind of artifact: which columns it has, how their lengths fit together, and what their
/// values may be.
///
/// A codec declares its schema and calls `check` before it takes a column, so that whatever came from a file is
/// either as agreed or an `ArtifactError` that says where, what was found and what was expected.
public struct Schema: Sendable {
  /// The name that an artifact carries.
  public let name: String
  /// The version of the agreement, from 1.
  public let version: Int
  /// What every artifact of this schema holds; it may hold more.
  public var columns: [Column]

  public init(_ name: String, version: Int = 1, _ columns: [Column] = []) {
    self.name = name
    self.version = version
    self.columns = columns
  }

  /// What is counted along a dimension; columns with the same axis are equally long there.
  public struct Axis: Hashable, Sendable, ExpressibleByStringLiteral {
    let name: String

    public init(stringLiteral name: String) { self.name = name }

    public init(_ name: String) { self.name = name }

    /// Users of the data set; how many, the metadata of every artifact of the pipeline says.
    public static let users: Axis = "users"
    /// Items of the data set, likewise.
    public static let items: Axis = "items"
  }

  /// How long a column is along one dimension.
  public enum Length: Sendable {
    /// As long as the axis.
    case axis(Axis)
    /// One longer than the axis: where each of its entries begins, and where the last one ends.
    case bounds(of: Axis)
    case exactly(Int)
  }

  /// What the values of a column may be.
  public enum Values: Sendable {
    /// Whatever the type holds.
    case any
    /// Numbers between two bounds; no NaN.
    case between(ClosedRange<Double>)
    /// Rows of an axis: 0..<its length.
    case rows(of: Axis)
    /// Rows of an axis, or −1 for none.
    case rowsOrNone(of: Axis)
    /// Where lists begin that lie end to end along an axis: from 0 to its length, never falling.
    case offsets(into: Axis)
    /// As `offsets`, and no list is empty.
    case risingOffsets(into: Axis)
    /// Numbers that can be squared and summed in single precision: a magnitude of at most 10¹².
    public static let numbers = Values.between(-1e12...1e12)
    /// Parameters of a model: products of a few of them stay finite.
    public static let weights = Values.between(-1e9...1e9)
    public static let flags = Values.between(0...1)
  }

  /// One column of the agreement.
  public struct Column: Sendable {
    let name: String
    let type: ColumnType
    let shape: [Length]
    let values: Values
    let isOptional: Bool

    /// A column; text is checked by reading it.
    public init(
      _ name: String, _ type: ColumnType, _ shape: [Length], _ values: Values = .any,
      isOptional: Bool = false
    ) {
      self.name = name
      self.type = type
      self.shape = shape
      self.values = values
      self.isOptional = isOptional
    }
  }

  /// How long each axis of an artifact is.
  public struct Lengths: Sendable {
    fileprivate var values: [Axis: Int] = [:]

    /// The length of an axis of the schema; 0 where only optional columns have it and none is there.
    public subscript(axis: Axis) -> Int { values[axis] ?? 0 }
  }
}

extension Schema {
  /// Checks an artifact, all of its declared columns.
  ///
  /// - Parameter artifact: Of this schema, or of another that has these columns.
  /// - Returns: How long the axes are.
  /// - Throws: `ArtifactError`.
  @discardableResult
  public func check(_ artifact: Artifact) throws -> Lengths {
    var lengths = Lengths()
    for axis in [Axis.users, .items] {
      lengths.values[axis] = try artifact.optionalCount(axis.name)
    }
    let present = columns.filter { !$0.isOptional || artifact.has($0.name) }
    for column in present {
      guard try artifact.type(of: column.name) == column.type else {
        throw artifact.error(
          .wrongColumnType(
            name: column.name, found: try artifact.type(of: column.name), expected: column.type))
      }
      try lengths.match(column, in: artifact)
    }
    for column in present {
      if let (index, expected) = lengths.firstBad(column, try artifact.column(column.name).values) {
        throw artifact.error(
          .badValue(
            name: column.name, index: index,
            found: try artifact.column(column.name).values.describe(index), expected: expected))
      }
    }
    return lengths
  }
}

extension Schema.Lengths {
  /// Takes the lengths of axes that are seen for the first time, and compares the others.
  fileprivate mutating func match(_ column: Schema.Column, in artifact: Artifact) throws {
    let shape = try artifact.shape(of: column.name)
    var expected: [String] = []
    var fits = shape.count == column.shape.count
    for (length, found) in zip(column.shape, shape) {
      let (axis, extra) = length.parts
      guard let axis else {
        fits = fits && found == extra
        expected.append("\(extra)")
        continue
      }
      if values[axis] == nil, found >= extra { values[axis] = found - extra }
      let known = values[axis]
      fits = fits && known.map { $0 + extra == found } ?? false
      expected.append(known.map { "\($0 + extra) (\(axis.name))" } ?? "at least \(extra)")
    }
    if !fits {
      let dimensions =
        shape.count == column.shape.count
        ? "[\(expected.joined(separator: ", "))]" : "\(column.shape.count) dimensions"
      throw artifact.error(.wrongShape(name: column.name, found: shape, expected: dimensions))
    }
  }

  /// The first value that is not as agreed, and what was.
  fileprivate func firstBad(
    _ column: Schema.Column, _ found: ColumnValues
  ) -> (index: Int, expected: String)? {
    switch column.values {
    case .any: return nil
    case .between(let range):
      return found.firstIndex(outside: range).map {
        ($0, "\(range.lowerBound)...\(range.upperBound)")
      }
    case .rows(let axis), .rowsOrNone(let axis):
      var lowest = 0
      if case .rowsOrNone = column.values { lowest = -1 }
      let end = values[axis] ?? Int(Int32.max)
      // Without a row nothing but −1 can stand.
      guard end + lowest > lowest || lowest < 0 else {
        return found.count == 0 ? nil : (0, "no value: there are no \(axis.name)")
      }
      return found.firstIndex(outside: Double(lowest)...Double(end - 1)).map {
        ($0, "\(lowest)...\(end - 1) (\(axis.name))")
      }
    case .offsets(let axis), .risingOffsets(let axis):
      var strict = false
      if case .risingOffsets = column.values { strict = true }
      return found.firstBadOffset(end: values[axis] ?? 0, strict: strict)
    }
  }
}

extension Schema.Length {
  /// The axis, if there is one, and what its length is added to.
  fileprivate var parts: (axis: Schema.Axis?, extra: Int) {
    switch self {
    case .axis(let axis): (axis, 0)
    case .bounds(let axis): (axis, 1)
    case .exactly(let length): (nil, length)
    }
  }
}

extension ColumnValues {
  /// The first value outside a range; NaN is outside of every range.
  fileprivate func firstIndex(outside range: ClosedRange<Double>) -> Int? {
    switch self {
    case .float64(let values): values.firstIndex { !range.contains($0) }
    case .float32(let values): values.firstIndex { !range.contains(Double($0)) }
    case .int64(let values): values.firstIndex { !range.contains(Double($0)) }
    case .int32(let values): values.firstIndex { !range.contains(Double($0)) }
    case .uint8(let values): values.firstIndex { !range.contains(Double($0)) }
    }
  }

  /// The first offset that does not begin at 0, rise, or end with the values.
  fileprivate func firstBadOffset(end: Int, strict: Bool) -> (index: Int, expected: String)? {
    guard case .int64(let offsets) = self, let first = offsets.first, let last = offsets.last
    else { return (0, "offsets in I64") }
    if first != 0 { return (0, "0") }
    for index in offsets.indices.dropFirst() {
      let least = strict ? offsets[index - 1] &+ 1 : offsets[index - 1]
      if offsets[index] < least { return (index, "at least \(least)") }
    }
    return last == Int64(end) ? nil : (offsets.count - 1, "\(end), where the values end")
  }
}

extension Artifact {
  /// A whole number of the metadata.
  ///
  /// - Throws: `ArtifactError` where it is missing or no count.
  public func count(_ key: String) throws -> Int {
    guard let count = try optionalCount(key) else {
      throw error(.badMetadata(key: key, found: nil, expected: "a whole number, at least 0"))
    }
    return count
  }

  fileprivate func optionalCount(_ key: String) throws -> Int? {
    guard let text = metadata[key] else { return nil }
    guard let count = Int(text), (0...Int(Int32.max)).contains(count) else {
      throw error(.badMetadata(key: key, found: text, expected: "a whole number, at least 0"))
    }
    return count
  }

  /// A word of the metadata that names one of several cases.
  ///
  /// - Throws: `ArtifactError` where it is missing or names none.
  public func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, as type: Word.Type = Word.self
  ) throws -> Word {
    guard let word = metadata[key].flatMap(Word.init(rawValue:)) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(.badMetadata(key: key, found: metadata[key], expected: "one of \(words)"))
    }
    return word
  }

  /// An error about a column that contradicts the rest of the artifact.
  public func problem(_ column: String, found: String, expected: String) -> ArtifactError {
    error(.contradiction(name: column, found: found, expected: expected))
  }

  /// An error about a fact of the metadata.
  public func problem(metadata key: String, expected: String) -> ArtifactError {
    error(.badMetadata(key: key, found: metadata[key], expected: expected))
  }
}

extension Schema {
  /// The metadata keys under which an artifact says how large its data set is.
  public static let userCount = Axis.users.name
  public static let itemCount = Axis.items.name
}
