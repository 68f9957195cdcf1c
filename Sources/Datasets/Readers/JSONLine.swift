/// One flat JSON object (RFC 8259) on a line, its names and values as text.
///
/// Written here, on bytes, because it has to say what is wrong with a line and to make no `String` of
/// what is only looked up. Of an array of strings or numbers the values are joined by `|`, as CSV has
/// them; null is an empty value.
struct JSONLine {
  /// Names and values, escapes resolved.
  private(set) var text: [UInt8] = []
  /// Where in `text` each name and its value lie.
  private(set) var members: [(name: Range<Int>, value: Range<Int>)] = []
  /// Why the line is no flat object; nil if it is one.
  private(set) var problem: String?

  /// Reads part of a file as one object.
  mutating func read(_ bytes: [UInt8], _ range: Range<Int>) {
    text.removeAll(keepingCapacity: true)
    members.removeAll(keepingCapacity: true)
    bytes.withUnsafeBufferPointer { bytes in
      var cursor = Cursor(bytes: bytes, position: range.lowerBound, end: range.upperBound)
      problem = object(&cursor)
    }
  }

  /// Whether a name stands for the same bytes.
  func names(_ member: Int, _ key: [UInt8]) -> Bool {
    text[members[member].name].elementsEqual(key)
  }

  private mutating func object(_ cursor: inout Cursor) -> String? {
    guard cursor.take("{") else { return "no JSON object" }
    if !cursor.take("}") {
      repeat {
        let start = text.count
        guard cursor.take("\"") else { return "a name without quotes" }
        if let problem = string(&cursor) { return problem }
        let name = start..<text.count
        guard cursor.take(":") else { return "a name without a value" }
        if let problem = value(&cursor) { return problem }
        if members.contains(where: { text[$0.name].elementsEqual(text[name]) }) {
          return "the name '\(String(decoding: text[name].prefix(40), as: UTF8.self))' stands twice"
        }
        members.append((name, name.upperBound..<text.count))
      } while cursor.take(",")
      guard cursor.take("}") else { return "an object that does not end" }
    }
    return cursor.isAtEnd ? nil : "text after the object"
  }

  private mutating func value(_ cursor: inout Cursor) -> String? {
    guard cursor.take("[") else { return scalar(&cursor) }
    if cursor.take("]") { return nil }
    var isFirst = true
    repeat {
      if !isFirst { text.append(UInt8(ascii: "|")) }
      isFirst = false
      if let problem = scalar(&cursor) { return problem }
    } while cursor.take(",")
    return cursor.take("]") ? nil : "an array that does not end, or holds another"
  }

  private mutating func scalar(_ cursor: inout Cursor) -> String? {
    if cursor.take("\"") { return string(&cursor) }
    let word = cursor.word()
    if word.elementsEqual("null".utf8) { return nil }
    guard word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) || isDecimal(word)
    else { return "a value that is neither text, number, truth, null nor a list of these" }
    text += word
    return nil
  }

  /// The rest of a string after its opening quote.
  private mutating func string(_ cursor: inout Cursor) -> String? {
    while let byte = cursor.next() {
      switch byte {
      case Ascii.quote: return nil
      case Ascii.backslash:
        guard let escape = cursor.next() else { return Self.open }
        switch escape {
        case Ascii.quote, Ascii.backslash, UInt8(ascii: "/"): text.append(escape)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(Ascii.newline)
        case UInt8(ascii: "r"): text.append(Ascii.carriageReturn)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
          guard let scalar = cursor.scalar() else { return "an escape \\u without a character" }
          text += Array(String(Character(scalar)).utf8)
        default: return "an unknown escape"
        }
      default: text.append(byte)
      }
    }
    return Self.open
  }

  private static let open = "a string without its closing quote"
}

/// Reads bytes one by one, within a line.
private struct Cursor {
  let bytes: UnsafeBufferPointer<UInt8>
  var position: Int
  let end: Int

  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return position == end
    }
  }

  mutating func next() -> UInt8? {
    guard position < end else { return nil }
    position += 1
    return bytes[position - 1]
  }

  /// Skips blanks, and the character if it comes next; whether it did.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// What stands before the next blank or mark.
  mutating func word() -> ArraySlice<UInt8> {
    skipBlanks()
    let start = position
    while position < end, !Self.marks.contains(bytes[position]) { position += 1 }
    return Array(bytes[start..<position])[...]
  }

  /// The character of `\u` escapes, two of them where it needs a surrogate pair.
  mutating func scalar() -> Unicode.Scalar? {
    guard let first = unit() else { return nil }
    guard 0xD800..<0xDC00 ~= first else { return Unicode.Scalar(first) }
    guard next() == Ascii.backslash, next() == UInt8(ascii: "u"), let second = unit(),
      0xDC00..<0xE000 ~= second
    else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  /// Four hexadecimal digits.
  private mutating func unit() -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        return nil
      }
      value = value << 4 + UInt32(digit)
    }
    return value
  }

  private mutating func skipBlanks() {
    while position < end, Self.blanks.contains(bytes[position]) { position += 1 }
  }

  private static let blanks = Array(" \t\r\n".utf8)
  private static let marks = Array(" \t\r\n,:]}[{\"".utf8)
}
