import Foundations

/// A piece of a page, rendered as what is both HTML 5 and well-formed XML.
///
/// Text and attribute values are escaped when rendered, so no name from the data can become markup.
enum HTML: ExpressibleByStringInterpolation {
  case text(String)
  case element(name: String, attributes: [(name: String, value: String)], children: [HTML])
  case comment(String)
  /// A style sheet of our own; it must hold neither `<` nor `&`.
  case styleSheet(String)

  init(stringLiteral value: String) { self = .text(value) }

  /// The markup, with line breaks after blocks.
  func render() -> String {
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .text(let text): output += Escaping.html(text)
    case .comment(let text): output += "<!--\(text)-->\n"
    case .styleSheet(let css): output += "<style>\n\(css)\n</style>\n"
    case .element(let name, let attributes, let children):
      output += "<\(name)"
      for attribute in attributes {
        output += " \(attribute.name)=\"\(Escaping.html(attribute.value))\""
      }
      if children.isEmpty && Self.selfClosing.contains(name) {
        output += "/>"
      } else {
        output += ">"
        for child in children { child.write(to: &output) }
        output += "</\(name)>"
      }
      if !Self.inline.contains(name) { output += "\n" }
    }
  }

  /// HTML's void elements, and the shapes of SVG.
  private static let selfClosing: Set<String> = [
    "meta", "br", "col", "rect", "line", "circle", "polyline", "path",
  ]

  /// Elements within a line of text, where a line break would show as a space.
  private static let inline: Set<String> = [
    "a", "abbr", "b", "br", "em", "small", "span", "strong", "sub", "tspan",
  ]
}

/// An element with attributes and children.
func tag(
  _ name: String, _ attributes: KeyValuePairs<String, String>, _ children: [HTML]
) -> HTML {
  .element(
    name: name, attributes: attributes.map { (name: $0.key, value: $0.value) }, children: children)
}

/// An element with children.
func tag(_ name: String, _ children: [HTML]) -> HTML { tag(name, [:], children) }

/// An element with attributes and a text.
func tag(
  _ name: String, _ attributes: KeyValuePairs<String, String>, _ text: String
) -> HTML {
  tag(name, attributes, [.text(text)])
}

/// An element with a text.
func tag(_ name: String, _ text: String) -> HTML { tag(name, [:], [.text(text)]) }

/// A table in a box of its own that scrolls where the page is narrower, by keyboard too.
func scrollingTable(_ name: String, _ content: [HTML]) -> HTML {
  tag(
    "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": name],
    [tag("table", content)])
}
