/// How a file marks its fields.
enum Dialect: Equatable {
  /// A separator between fields and no quotes (MovieLens).
  case separated(by: [UInt8])
  /// `;` between fields, most in double quotes, an inner quote written `\"` (Book-Crossing).
  case bookCrossing
  /// RFC 4180: `,` between fields, which may be quoted and then hold `""`, commas and line breaks.
  case csv
  /// One flat object a line; the first record has the names that occur in the file, in their order of
  /// appearance, and the others have the values in that order, empty where there is none.
  case jsonLines
}

/// Cuts the bytes of a file into records; skips blank lines; ends a line at LF or CR LF.
///
/// A record that cannot be cut says so in `problem`, and reading goes on at the line after the one
/// it began on: a quote that is never closed spoils one line, not the rest of the file.
struct RecordReader {
  private let bytes: [UInt8]
  private let dialect: Dialect
  private var position: Int
  /// Line breaks passed so far.
  private var line = 0
  /// JSON Lines: the names that occur.
  private var names: [[UInt8]] = []
  private var object = JSONLine()
  private var namesAreRead = false

  init(_ bytes: [UInt8], dialect: Dialect) {
    self.bytes = bytes
    self.dialect = dialect
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0  // a UTF-8 byte order mark
    if dialect == .jsonLines { findNames() }
  }

  /// Reads the next record into `record`; false at the end of the file.
  mutating func next(_ record: inout Record) -> Bool {
    if dialect == .jsonLines, !namesAreRead {
      namesAreRead = true
      record.begin(line: 1)
      for name in names { record.appendField(name) }
      return true
    }
    while position < bytes.count, atLineEnd { skipLineEnd() }
    guard position < bytes.count else { return false }
    let start = (position: position, line: line)
    record.begin(line: line + 1)
    switch dialect {
    case .separated(let separator): readPlain(separator, &record)
    case .bookCrossing: readBookCrossing(&record)
    case .csv: readCSV(&record)
    case .jsonLines: readObject(&record)
    }
    if record.problem != nil {
      (position, line) = start
      while position < bytes.count, bytes[position] != Ascii.newline { position += 1 }
    }
    if position < bytes.count { skipLineEnd() }
    return true
  }

  /// At LF, at CR LF, or past the last byte.
  private var atLineEnd: Bool {
    guard position < bytes.count else { return true }
    if bytes[position] == Ascii.newline { return true }
    guard bytes[position] == Ascii.carriageReturn else { return false }
    return position + 1 == bytes.count || bytes[position + 1] == Ascii.newline
  }

  private mutating func skipLineEnd() {
    if bytes[position] == Ascii.carriageReturn { position += 1 }
    if position < bytes.count {
      position += 1
      line += 1
    }
  }

  /// Where the line ends that begins here.
  private var lineEnd: Int { bytes[position...].firstIndex(of: Ascii.newline) ?? bytes.count }

  private mutating func findNames() {
    let start = position
    while position < bytes.count {
      let end = lineEnd
      object.read(bytes, position..<end)
      if object.problem == nil {
        for member in object.members.indices where column(of: member, expected: member) == nil {
          names.append(Array(object.text[object.members[member].name]))
        }
      }
      position = min(end + 1, bytes.count)
    }
    position = start
  }

  /// The place of a member's name among the names; it is often that of the member itself.
  private func column(of member: Int, expected: Int) -> Int? {
    if expected < names.count, object.names(member, names[expected]) { return expected }
    return names.firstIndex { object.names(member, $0) }
  }

  private mutating func readObject(_ record: inout Record) {
    let end = lineEnd
    object.read(bytes, position..<end)
    position = end
    record.problem = object.problem
    guard object.problem == nil else { return }
    var members = [Int?](repeating: nil, count: names.count)
    for member in object.members.indices {
      if let column = column(of: member, expected: member) { members[column] = member }
    }
    for member in members {
      record.appendField(member.map { object.text[object.members[$0].value] } ?? [])
    }
  }

  private mutating func readPlain(_ separator: [UInt8], _ record: inout Record) {
    let width = separator.count
    while !atLineEnd {
      let byte = bytes[position]
      if byte == separator[0],
        width == 1 || (position + 1 < bytes.count && bytes[position + 1] == separator[1])
      {
        record.endField()
        position += width
      } else {
        record.append(byte)
        position += 1
      }
    }
    record.endField()
  }

  /// A quote closes a field only before `;` or the end of the line; any other stands for itself.
  private mutating func readBookCrossing(_ record: inout Record) {
    while true {
      if !atLineEnd, bytes[position] == Ascii.quote {
        position += 1
        while true {
          if atLineEnd {
            record.problem = "a quoted field without its closing quote"
            return
          }
          let byte = bytes[position]
          position += 1
          if byte == Ascii.backslash, position < bytes.count, bytes[position] == Ascii.quote {
            record.append(Ascii.quote)
            position += 1
          } else if byte == Ascii.quote, atLineEnd || bytes[position] == Ascii.semicolon {
            break
          } else {
            record.append(byte)
          }
        }
      } else {
        while !atLineEnd, bytes[position] != Ascii.semicolon {
          record.append(bytes[position])
          position += 1
        }
      }
      record.endField()
      if atLineEnd { return }
      position += 1
    }
  }

  private mutating func readCSV(_ record: inout Record) {
    while true {
      if !atLineEnd, bytes[position] == Ascii.quote {
        readQuotedCSVField(&record)
      } else {
        while !atLineEnd, bytes[position] != Ascii.comma {
          if bytes[position] == Ascii.quote {
            record.problem = "a quote inside a field that is not quoted"
            return
          }
          record.append(bytes[position])
          position += 1
        }
      }
      if record.problem != nil { return }
      record.endField()
      if atLineEnd { return }
      position += 1
    }
  }

  private mutating func readQuotedCSVField(_ record: inout Record) {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Ascii.newline { line += 1 }
      if byte != Ascii.quote {
        record.append(byte)
      } else if position < bytes.count, bytes[position] == Ascii.quote {
        record.append(Ascii.quote)
        position += 1
      } else {
        if !atLineEnd, bytes[position] != Ascii.comma {
          record.problem = "text after the closing quote of a field"
        }
        return
      }
    }
    record.problem = "a quoted field without its closing quote"
  }
}
