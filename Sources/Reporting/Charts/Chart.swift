import Foundation

/// Draws an image with a title and a description for those who cannot see it.
///
/// Coordinates are in pixels at the chart's natural width; style classes give it its colours, so
/// that it follows the page from light to dark.
func chart(
  width: Double, height: Double, title: String, description: String, _ shapes: [HTML]
) -> HTML {
  tag(
    "svg",
    [
      "viewBox": "0 0 \(coordinate(width)) \(coordinate(height))", "role": "img",
      "style": "max-width: \(coordinate(width * 1.2))px",
    ],
    [tag("title", title), tag("desc", description)] + shapes)
}

/// A chart under its caption.
func figure(_ caption: String, _ content: [HTML]) -> HTML {
  tag("figure", [tag("figcaption", caption)] + content)
}

/// A coordinate with one decimal, so that the same numbers always give the same page.
func coordinate(_ value: Double) -> String {
  let text = String(format: "%.1f", value)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A line between two points.
func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> HTML {
  tag(
    "line",
    [
      "class": style, "x1": coordinate(x1), "y1": coordinate(y1), "x2": coordinate(x2),
      "y2": coordinate(y2),
    ], [])
}

/// Where a label's anchor lies: `start`, `middle` or `end`.
enum Anchor: String {
  case start, middle, end
}

/// A line of text at a point of its baseline.
func label(
  _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, style: String = ""
) -> HTML {
  tag(
    "text",
    [
      "class": style, "x": coordinate(x), "y": coordinate(y), "text-anchor": anchor.rawValue,
    ], text)
}

/// Maps numbers to coordinates along one axis.
struct Scale {
  let domain: ClosedRange<Double>
  let start: Double
  let end: Double

  /// A scale from `domain` to start...end; an empty domain is widened so that it maps somewhere.
  init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
    let isPoint = domain.upperBound - domain.lowerBound < 1e-12
    let padding = isPoint ? max(abs(domain.lowerBound) * 0.1, 1e-6) : 0
    self.domain = (domain.lowerBound - padding)...(domain.upperBound + padding)
    self.start = start
    self.end = end
  }

  func callAsFunction(_ value: Double) -> Double {
    start + (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
  }

  /// At least `count` round values within the domain, at the coarsest step of 1, 2 or 5 × 10ⁿ.
  func ticks(_ count: Int) -> (values: [Double], decimals: Int) {
    var power = floor(log10(domain.upperBound - domain.lowerBound))
    while true {
      for digit in [5.0, 2, 1] {
        let step = digit * pow(10, power)
        let first = (domain.lowerBound / step - 1e-9).rounded(.up)
        let last = (domain.upperBound / step + 1e-9).rounded(.down)
        if last - first + 1 >= Double(count) {
          let values = stride(from: first, through: last, by: 1).map { $0 * step }
          return (values, max(0, -Int(power)))
        }
      }
      power -= 1
    }
  }
}
