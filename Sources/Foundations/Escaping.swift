/// Text as other formats must spell it.
public enum Escaping {
  /// A CSV field (RFC 4180), quoted where it must be; an empty one too, so that no line is blank.
  public static func csv(_ text: String) -> String {
    let special = Array("\",\n\r".utf8)
    if !text.isEmpty, !text.utf8.contains(where: { special.contains($0) }) { return text }
    let quote = UInt8(ascii: "\"")
    let doubled = text.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
    return "\"\(String(decoding: doubled, as: UTF8.self))\""
  }

  /// Text made safe within elements and quoted attributes of HTML and XML.
  ///
  /// Control characters that XML forbids become U+FFFD.
  public static func html(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n", "\r": escaped.unicodeScalars.append(character)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
