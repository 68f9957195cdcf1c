/// One line (or one quoted CSV record) of a file, cut into fields.
///
/// Works on bytes; a `String` is made only where one is kept.
struct Record {
  /// The line it begins on, from 1.
  var line = 0
  /// Why it could not be cut into fields; nil if it could.
  var problem: String?
  /// The fields end to end, quotes and escapes resolved.
  private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The number of fields.
  var count: Int { ends.count }

  mutating func begin(line: Int) {
    self.line = line
    problem = nil
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func endField() { ends.append(bytes.count) }

  mutating func appendField(_ value: some Sequence<UInt8>) {
    bytes += value
    endField()
  }

  /// Where a field lies in `bytes`, without blanks around it.
  func range(_ field: Int) -> Range<Int> {
    var low = field == 0 ? 0 : ends[field - 1]
    var high = ends[field]
    while low < high, isBlank(bytes[low]) { low += 1 }
    while low < high, isBlank(bytes[high - 1]) { high -= 1 }
    return low..<high
  }

  func isEmpty(_ field: Int) -> Bool { range(field).isEmpty }

  /// A field as text; nil where it is not valid in the encoding.
  func text(_ field: Int, _ encoding: TextEncoding) -> String? {
    let slice = bytes[range(field)]
    switch encoding {
    case .utf8: return String(validating: slice, as: UTF8.self)
    case .latin1:
      if slice.allSatisfy({ $0 < 0x80 }) { return String(decoding: slice, as: UTF8.self) }
      var scalars = String.UnicodeScalarView()
      for byte in slice { scalars.append(Unicode.Scalar(byte)) }
      return String(scalars)
    }
  }

  /// A field for an error message: never fails, never long.
  func shown(_ field: Int) -> String {
    let slice = bytes[range(field)]
    return "'" + String(decoding: slice.prefix(40), as: UTF8.self) + (slice.count > 40 ? "…'" : "'")
  }

  /// A whole number of 64 bits, or nil.
  func integer(_ field: Int) -> Int64? {
    let range = range(field)
    var index = range.lowerBound
    let negative = index < range.upperBound && bytes[index] == Ascii.minus
    if negative { index += 1 }
    guard index < range.upperBound else { return nil }
    // Counted downwards, because the least number has no positive twin.
    var value: Int64 = 0
    while index < range.upperBound {
      let digit = bytes[index] &- Ascii.zero
      guard digit < 10 else { return nil }
      let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeStill) = shifted.subtractingReportingOverflow(Int64(digit))
      if tooLarge || tooLargeStill { return nil }
      value = sum
      index += 1
    }
    if negative { return value }
    return value == .min ? nil : -value
  }

  /// A rating: a number in decimal notation from −1,000,000 to 1,000,000, or nil.
  ///
  /// Within these limits squares and sums of squares keep their precision.
  func rating(_ field: Int) -> Float? {
    decimal(field).flatMap { Self.ratings.contains($0) ? $0 : nil }
  }

  /// The ratings that are read.
  static let ratings: ClosedRange<Float> = -1e6...1e6

  /// A finite number in decimal notation, or nil.
  func decimal(_ field: Int) -> Float? {
    if let whole = integer(field) { return Float(whole) }
    let slice = bytes[range(field)]
    guard isDecimal(slice) else { return nil }
    guard let value = Float(String(decoding: slice, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }
}

/// How the bytes of a file stand for characters.
enum TextEncoding {
  case latin1
  case utf8
}

/// The bytes that readers look for.
enum Ascii {
  static let newline: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let quote: UInt8 = 0x22
  static let backslash: UInt8 = 0x5C
  static let semicolon: UInt8 = 0x3B
  static let comma: UInt8 = 0x2C
  static let minus: UInt8 = 0x2D
  static let zero: UInt8 = 0x30
}

/// Whether the bytes are a number in decimal notation: no `nan`, no hexadecimal.
func isDecimal(_ bytes: some Sequence<UInt8>) -> Bool {
  var digits = 0
  for byte in bytes {
    switch byte {
    case 0x30...0x39: digits += 1
    case 0x2B, 0x2D, 0x2E, 0x45, 0x65: break  // + - . E e
    default: return false
    }
  }
  return digits > 0
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
