/// How a text is cut into words that no piece crosses.
///
/// The patterns are the regular expressions of the published tokenizers, written as scanners over the
/// classes of characters; each says which expression it stands for.
enum PreTokenizer: Sendable, Equatable {
  /// When SentencePiece's mark is put before a text that does not begin with one.
  enum Mark: String, Sendable {
    case always
    case first
    case never
  }

  /// The whole text is one word.
  case whole
  /// The whole text is one word with spaces marked (`Metaspace` without splitting).
  case marked(Mark)
  case gpt2
  /// Every digit by itself, then as GPT-2.
  case smolLM
  case llama3

  /// GPT-2's expression (`encoder.py`).
  static let gpt2Expression =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  /// Llama 3's expression (`tokenizer.py`).
  static let llama3Expression =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The words of a text; together they are the text, apart from marks.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - isFirst: Whether the text begins what is encoded.
  /// - Returns: The words, none empty.
  func words(of text: ArraySlice<UInt8>, isFirst: Bool) -> [ArraySlice<UInt8>] {
    if text.isEmpty { return [] }
    switch self {
    case .whole: return [text]
    case .marked(let mark):
      let marked = Normalizer.markingSpaces(text)
      let prepends =
        !marked.starts(with: Normalizer.mark) && (mark == .always || mark == .first && isFirst)
      return [(prepends ? Normalizer.mark + marked : marked)[...]]
    case .gpt2, .smolLM, .llama3:
      let scanner = WordScanner(text)
      let places = self == .llama3 ? scanner.llama3() : scanner.gpt2(digitsAlone: self == .smolLM)
      return zip(places, places.dropFirst()).map { text[scanner.offsets[$0]..<scanner.offsets[$1]] }
    }
  }
}

/// A text as scalars with their classes, and the scanners over them.
private struct WordScanner {
  enum Class: UInt8 {
    /// \p{L}
    case letter
    /// \p{N}
    case number
    /// \s without CR and LF
    case space
    /// CR and LF
    case newline
    case other
  }

  /// The scalars' values.
  private var scalars: [UInt32] = []
  private var classes: [Class] = []
  /// Where each scalar begins, and the end.
  private(set) var offsets: [Int] = []

  init(_ text: ArraySlice<UInt8>) {
    scalars.reserveCapacity(text.count)
    classes.reserveCapacity(text.count)
    offsets.reserveCapacity(text.count + 1)
    var offset = text.startIndex
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      scalars.append(scalar.value)
      classes.append(Self.classify(scalar))
      offsets.append(offset)
      offset += UTF8.width(scalar)
    }
    offsets.append(offset)
  }

  private static let ascii = (UInt8(0)..<128).map { classifyAny(Unicode.Scalar($0)) }

  private static func classify(_ scalar: Unicode.Scalar) -> Class {
    scalar.value < 128 ? ascii[Int(scalar.value)] : classifyAny(scalar)
  }

  private static func classifyAny(_ scalar: Unicode.Scalar) -> Class {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default:
      if scalar == "\r" || scalar == "\n" {
        .newline
      } else {
        scalar.properties.isWhitespace ? .space : .other
      }
    }
  }

  private var count: Int { scalars.count }

  /// The first place from `start` on whose class is another, at most `end`.
  private func end(of kind: Class, from start: Int, before end: Int) -> Int {
    var i = start
    while i < end, classes[i] == kind { i += 1 }
    return i
  }

  private func endOfSpace(from start: Int, before end: Int) -> Int {
    var i = start
    while i < end, classes[i] == .space || classes[i] == .newline { i += 1 }
    return i
  }

  /// `\s+(?!\S)|\s+`: all white space at the end, else all but the last one before a word.
  private func spaces(from start: Int, before end: Int) -> Int {
    let stop = endOfSpace(from: start, before: end)
    return stop == end || stop == start + 1 ? stop : stop - 1
  }

  /// The end of an apostrophe's ending, `'s|'t|'re|'ve|'m|'ll|'d`, or nil.
  private func contraction(at start: Int, before end: Int, ignoringCase: Bool) -> Int? {
    guard scalars[start] == 0x27, start + 1 < end else { return nil }
    func letter(_ place: Int) -> UInt32 {
      guard place < end else { return 0 }
      let value = scalars[place]
      guard ignoringCase else { return value }
      // U+017F is a lower-case s too.
      return value == 0x17F ? 0x73 : (0x41...0x5A).contains(value) ? value + 32 : value
    }
    switch (letter(start + 1), letter(start + 2)) {
    case (0x73, _), (0x74, _), (0x6D, _), (0x64, _): return start + 2
    case (0x72, 0x65), (0x76, 0x65), (0x6C, 0x6C): return start + 3
    default: return nil
    }
  }

  /// The places at which words of GPT-2's expression begin, and the end.
  ///
  /// - Parameter digitsAlone: Whether every digit is cut off before.
  /// - Returns: Rising places, from 0 on.
  func gpt2(digitsAlone: Bool) -> [Int] {
    var places = [0]
    var start = 0
    while start < count {
      var end = start
      if digitsAlone {
        if classes[start] == .number {
          start += 1
          places.append(start)
          continue
        }
        while end < count, classes[end] != .number { end += 1 }
      } else {
        end = count
      }
      while start < end {
        start = gpt2Word(from: start, before: end)
        places.append(start)
      }
    }
    return places
  }

  private func gpt2Word(from start: Int, before limit: Int) -> Int {
    if let stop = contraction(at: start, before: limit, ignoringCase: false) { return stop }
    let first = scalars[start] == 0x20 && start + 1 < limit ? start + 1 : start
    switch classes[first] {
    case .letter, .number, .other: return end(of: classes[first], from: first, before: limit)
    case .space, .newline: return spaces(from: start, before: limit)
    }
  }

  /// The places at which words of Llama 3's expression begin, and the end.
  func llama3() -> [Int] {
    var places = [0]
    var start = 0
    while start < count {
      start = llama3Word(from: start)
      places.append(start)
    }
    return places
  }

  private func llama3Word(from start: Int) -> Int {
    if let stop = contraction(at: start, before: count, ignoringCase: true) { return stop }
    let kind = classes[start]
    if kind == .letter { return end(of: .letter, from: start, before: count) }
    if kind == .space || kind == .other, start + 1 < count, classes[start + 1] == .letter {
      return end(of: .letter, from: start + 1, before: count)
    }
    if kind == .number { return end(of: .number, from: start, before: min(start + 3, count)) }
    let first = scalars[start] == 0x20 && start + 1 < count ? start + 1 : start
    if classes[first] == .other {
      let stop = end(of: .other, from: first, before: count)
      return end(of: .newline, from: stop, before: count)
    }
    let stop = endOfSpace(from: start, before: count)
    if let last = (start..<stop).last(where: { classes[$0] == .newline }) { return last + 1 }
    return spaces(from: start, before: count)
  }
}
