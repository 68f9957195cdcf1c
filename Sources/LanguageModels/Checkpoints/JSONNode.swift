internal import Artifacts
internal import Foundations

/// A JSON value whose objects keep the order of their keys and tell them apart byte by byte.
///
/// Swift's strings are equal where they are canonically equivalent ("é" in one or two scalars), and a
/// vocabulary may hold both: a `Dictionary` of strings would lose one.
enum JSONNode: Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONNode])
  case object([(key: String, value: JSONNode)])

  /// What kind of value it is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "'\(text.prefix(60))'"
    case .array(let values): "an array of \(values.count)"
    case .object: "an object"
    }
  }

  /// The value of a key; nil where there is none, the last where there are several.
  subscript(_ key: String) -> JSONNode? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }
}

extension JSONNode {
  /// The value as JSON text.
  var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  /// The value as JSON text with each member of an object on a line of its own.
  var lines: String {
    guard case .object(let members) = self else { return text + "\n" }
    let lines = members.map { "  \(JSONNode.string($0.key).text): \($0.value.text)" }
    return "{\n\(lines.joined(separator: ",\n"))\n}\n"
  }

  static func integer(_ value: Int) -> JSONNode { .number(Double(value)) }

  /// The shortest decimal number that stands for a float.
  static func decimal(_ value: Float) -> JSONNode { .number(Double("\(value)") ?? Double(value)) }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += "\(value)"
    case .number(let value): text += Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.write(member.key, to: &text)
        text += ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": text.unicodeScalars.append(contentsOf: ["\\", scalar])
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONNode: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByArrayLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(dictionaryLiteral elements: (String, JSONNode)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
  init(arrayLiteral elements: JSONNode...) { self = .array(elements) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(nilLiteral: ()) { self = .null }
}

/// A value with the file and key it came from, so that what it should be can be asked of it.
struct JSONField: Sendable {
  let path: String
  /// Keys from the top, joined by dots; empty for the whole file.
  let key: String
  let value: JSONNode

  /// The value of a key; `null` where there is none.
  subscript(_ name: String) -> JSONField {
    JSONField(
      path: path, key: key.isEmpty ? name : "\(key).\(name)", value: value[name] ?? .null)
  }

  var isNull: Bool { if case .null = value { true } else { false } }

  func mismatch(_ expected: String) -> CheckpointError {
    CheckpointError(
      path, "\(key.isEmpty ? "the file" : key): found \(value.kind), expected \(expected)")
  }

  func object(_ name: String) throws -> JSONField {
    let field = self[name]
    guard case .object = field.value else { throw field.mismatch("an object") }
    return field
  }

  func members() throws -> [(key: String, value: JSONField)] {
    guard case .object(let members) = value else { throw mismatch("an object") }
    return members.map {
      ($0.key, JSONField(path: path, key: "\(key).\($0.key)", value: $0.value))
    }
  }

  func elements() throws -> [JSONField] {
    guard case .array(let values) = value else { throw mismatch("an array") }
    return values.enumerated().map {
      JSONField(path: path, key: "\(key)[\($0.offset)]", value: $0.element)
    }
  }

  func string() throws -> String {
    guard case .string(let text) = value else { throw mismatch("text") }
    return text
  }

  func integer() throws -> Int {
    guard case .number(let number) = value, let integer = Int(exactly: number) else {
      throw mismatch("a whole number")
    }
    return integer
  }

  func number() throws -> Double {
    guard case .number(let number) = value else { throw mismatch("a number") }
    return number
  }

  func boolean() throws -> Bool {
    guard case .boolean(let flag) = value else { throw mismatch("true or false") }
    return flag
  }

  /// What a closure reads, or nil where the value is absent or `null`.
  func optional<Value>(_ read: (JSONField) throws -> Value) rethrows -> Value? {
    isNull ? nil : try read(self)
  }
}

extension JSONNode {
  /// The largest JSON file that is read: 256 MiB.
  private static let limit = 256 << 20

  /// Reads a file.
  ///
  /// - Parameter path: The file.
  /// - Returns: Its value, with the path for messages.
  /// - Throws: `FileError`; `CheckpointError` where it is no JSON.
  static func field(fileAt path: String) throws -> JSONField {
    let bytes = try Files.readStored(path, limit: limit)
    do {
      return JSONField(path: path, key: "", value: try JSONNode(parsing: bytes))
    } catch let error as JSONParser.Failure {
      throw CheckpointError(path, "byte \(error.offset): \(error.problem)")
    }
  }

  /// Parses a JSON text (RFC 8259).
  ///
  /// - Parameter bytes: UTF-8.
  /// - Throws: `JSONParser.Failure`.
  init(parsing bytes: [UInt8]) throws {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

/// A recursive-descent parser over bytes.
struct JSONParser {
  struct Failure: Error {
    let offset: Int
    let problem: String
  }

  /// Arrays and objects within one another.
  private static let depthLimit = 128

  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> JSONNode {
    let value = try value()
    skipSpace()
    guard offset == bytes.count else { throw failure("found more after the value") }
    return value
  }

  private func failure(_ problem: String) -> Failure { Failure(offset: offset, problem: problem) }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  private mutating func value() throws -> JSONNode {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.members() }
    case UInt8(ascii: "["): return try nested { try $0.elements() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws -> JSONNode
  ) throws -> JSONNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw failure("found more than \(Self.depthLimit) levels")
    }
    offset += 1
    return try body(&self)
  }

  private mutating func members() throws -> JSONNode {
    var members: [(key: String, value: JSONNode)] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
      members.append((key, try value()))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}'") }
      return .object(members)
    }
  }

  private mutating func elements() throws -> JSONNode {
    var elements: [JSONNode] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']'") }
      return .array(elements)
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONNode) throws -> JSONNode {
    let matches = word.withUTF8Buffer { bytes[offset...].starts(with: $0) }
    guard matches else { throw failure("expected \(word)") }
    offset += word.utf8CodeUnitCount
    return value
  }

  private mutating func number() throws -> JSONNode {
    let start = offset
    while let byte = next,
      (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
    {
      offset += 1
    }
    // JSON's numbers are those of Swift except for a sign or zero in front.
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    let digits = text.drop { $0 == "-" }
    guard let value = Double(text), !text.hasPrefix("+"), digits.first?.isNumber == true,
      !(digits.hasPrefix("0") && digits.dropFirst().first?.isNumber == true)
    else {
      offset = start
      throw failure("expected a value")
    }
    return .number(value)
  }

  private mutating func string() throws -> String {
    offset += 1
    let start = offset
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      offset += 1
    }
    if next == UInt8(ascii: "\"") {
      defer { offset += 1 }
      return try text(bytes[start..<offset])
    }
    var buffer = Array(bytes[start..<offset])
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(buffer[...])
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      case 0..<0x20: throw failure("found a control character within quotes")
      default: buffer.append(byte)
      }
    }
    throw failure("found no closing quotes")
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw failure("found bytes that are no UTF-8")
    }
    return text
  }

  private mutating func escape(into buffer: inout [UInt8]) throws {
    guard let byte = next else { throw failure("found no closing quotes") }
    offset += 1
    switch byte {
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if value & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
        let low = try hexadecimal()
        guard low & 0xFC00 == 0xDC00 else { throw failure("found half of a surrogate pair") }
        value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw failure("found half of a surrogate pair")
      }
      buffer.append(contentsOf: Array(String(scalar).utf8))
    default: throw failure("found an unknown escape")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard offset + 4 <= bytes.count,
      bytes[offset..<offset + 4].allSatisfy({ Character(.init($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    offset += 4
    return value
  }
}
