import Artifacts
import Foundations

/// What a record was good for.
enum Verdict {
  case kept
  case bad(String)
  case leftOut(String)
}

/// Users or items while they are read: rows, and which row an identifier has.
struct EntityBuilder {
  private(set) var index = ByteIndex()
  private var ids: [String] = []
  private var titles: [String] = []
  private var attributes: [Attribute] = []

  /// Starts over with these attributes: name, and whether it is numeric.
  mutating func declare(_ attributes: [(name: String, isNumeric: Bool)]) {
    self.attributes = attributes.map {
      Attribute(name: $0.name, isNumeric: $0.isNumeric, values: [])
    }
  }

  /// Adds the row whose identifier is a field of the record; `values` are one list an attribute.
  mutating func add(
    _ record: Record, id field: Int, _ encoding: TextEncoding, title: String = "",
    values: [[String]]
  ) -> Verdict {
    precondition(values.count == attributes.count, "one value list an attribute")
    let range = record.range(field)
    guard !range.isEmpty else { return .bad("the identifier is empty") }
    guard let id = record.text(field, encoding) else {
      return .bad("the identifier is not valid UTF-8")
    }
    guard index.insert(record.bytes, range).isNew else { return .bad("\(id) is listed twice") }
    ids.append(id)
    titles.append(title)
    for attribute in attributes.indices { attributes[attribute].values.append(values[attribute]) }
    return .kept
  }

  /// The row of the identifier in a field of the record, or nil.
  func row(_ record: Record, _ field: Int) -> Int32? {
    index.row(of: record.bytes, record.range(field)).map { Int32($0) }
  }

  /// The row of the identifier, added without title or attributes if it is new; nil if it is no id.
  mutating func rowOrNew(_ record: Record, _ field: Int, _ encoding: TextEncoding) -> Int32? {
    if let row = row(record, field) { return row }
    guard
      case .kept = add(
        record, id: field, encoding, title: "", values: attributes.map { _ in [] })
    else { return nil }
    return Int32(ids.count - 1)
  }

  /// The rows; where a title is wanted and missing the identifier stands for it.
  ///
  /// An attribute is numeric too if `findNumeric` and all its values, at least one, are numbers.
  func entities(titled: Bool, findNumeric: Bool = false) -> Entities {
    var attributes = attributes
    if findNumeric {
      for index in attributes.indices {
        let values = attributes[index].values.joined()
        attributes[index].isNumeric =
          !values.isEmpty && values.allSatisfy { isDecimal($0.utf8) && Double($0) != nil }
      }
    }
    return Entities(
      ids: ids, titles: titled ? zip(ids, titles).map { $1.isEmpty ? $0 : $1 } : titles,
      attributes: attributes)
  }
}

/// What a reader fills.
struct Assembly {
  let options: ReadOptions
  var users = EntityBuilder()
  var items = EntityBuilder()
  var interactionUsers: [Int32] = []
  var interactionItems: [Int32] = []
  var ratings: [Float] = []
  var times: [Int64] = []
  var hasTimes = true
  var likeThreshold: Float
  var report = ReadReport()

  mutating func add(user: Int32, item: Int32, rating: Float, time: Int64) {
    interactionUsers.append(user)
    interactionItems.append(item)
    ratings.append(rating)
    times.append(time)
  }

  /// Reads a file record by record and reports on it.
  ///
  /// `header` gets the first record: it throws, or returns false if that is data already, as it
  /// always is in a file without a header.
  /// `use` gets every record that could be cut into fields.
  mutating func scan(
    _ role: String, _ path: String, _ dialect: Dialect,
    header: (Record, inout Assembly) throws -> Bool = { _, _ in false },
    use: (Record, inout Assembly) -> Verdict
  ) throws {
    let bytes = try readBytes(path)
    var file = ReadReport.File(role: role, path: path)
    var reader = RecordReader(bytes, dialect: dialect)
    var record = Record()
    var atFirst = true
    while reader.next(&record) {
      if atFirst {
        atFirst = false
        if try header(record, &self) { continue }
      }
      file.records += 1
      if let problem = record.problem {
        file.reject(line: record.line, problem)
        continue
      }
      switch use(record, &self) {
      case .kept: break
      case .bad(let reason): file.reject(line: record.line, reason)
      case .leftOut(let reason): file.leaveOut(reason)
      }
    }
    guard file.records > 0 else { throw DatasetError.emptyFile(file: path) }
    if Double(file.badLines) > options.maximumBadShare * Double(file.records) {
      throw DatasetError.tooManyBadLines(
        file: path, bad: file.badLines, records: file.records,
        maximumShare: options.maximumBadShare, examples: file.examples)
    }
    report.files.append(file)
  }
}

/// The bytes of a plain or zstd-compressed text file.
private func readBytes(_ path: String) throws -> [UInt8] {
  let bytes: [UInt8]
  do {
    bytes = try Files.read(path)
  } catch let error as FileError {
    throw DatasetError.unreadable(error)
  }
  if let offset = bytes.prefix(8192).firstIndex(of: 0) {
    throw DatasetError.notText(file: path, offset: offset)
  }
  return bytes
}
