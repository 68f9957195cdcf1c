import Evaluation
import Foundation
import Foundations
import Recommenders

/// The methods of the results contract: their order in a table and their names for readers.
enum MethodName {
  private static let known: [(name: String, label: String)] =
    baselines + [
      ("base", "Backbone alone"),
      ("ift", "IFT"),
      ("llama4rec", "Llama4Rec"),
      ("without-data-augmentation", "w/o data augmentation"),
      ("without-prompt-augmentation", "w/o prompt augmentation"),
      ("without-adaptive-aggregation", "w/o adaptive aggregation"),
      ("pretrained-only", "Pretrained only"),
      ("language-model-alone", "Language model alone"),
    ]

  /// The simple baselines, each a method of its own.
  private static let baselines = BackboneName.allCases.filter(\.isBaseline).map {
    (name: $0.rawValue, label: $0.label)
  }

  static func order(_ name: String) -> Int {
    known.firstIndex { $0.name == name } ?? known.count
  }

  static func label(_ name: String) -> String {
    known.first { $0.name == name }?.label ?? name
  }

  static func isFullSystemOrAblation(_ name: String) -> Bool {
    name == "llama4rec" || name == "pretrained-only" || name.hasPrefix("without-")
  }
}

/// The three tasks: their order in the report, their names, and the metric a summary quotes.
enum TaskName {
  private static let known = ["direct", "sequential", "rating"]

  static func order(_ name: String) -> Int { known.firstIndex(of: name) ?? known.count }

  static func label(_ name: String) -> String {
    switch name {
    case "direct": "Direct recommendation"
    case "sequential": "Sequential recommendation"
    case "rating": "Rating prediction"
    default: name
    }
  }

  /// NDCG@5 for top-k tasks, RMSE for ratings, else the first metric there is.
  static func headline(among metrics: [Metric]) -> Metric? {
    metrics.first { $0 == .ndcg5 || $0 == .rmse } ?? metrics.first
  }
}

extension Samples.Row {
  /// What rows are sorted by, so that every table has one order.
  var order: [SortKey] {
    [
      .text(dataset), .number(TaskName.order(task)), .text(task), .text(backbone ?? ""),
      .number(MethodName.order(method)), .text(method),
    ]
  }

  /// The method, with its backbone behind it where that is not the one named.
  func name(besides backbone: String?) -> String {
    guard let own = self.backbone, own != backbone else { return method }
    return "\(method) (\(own))"
  }

  /// The row's name where its backbone is known from the place it stands in.
  var label: String { MethodName.label(method) }

  /// The row's name where it stands among rows of other backbones.
  func label(besides backbone: String?) -> String {
    guard let own = self.backbone, own != backbone else { return label }
    return method == "base" ? backboneLabel(own) : "\(label) on \(backboneLabel(own))"
  }
}

enum SortKey: Comparable, Hashable {
  case number(Int)
  case text(String)
}

/// A backbone's name as papers spell it.
func backboneLabel(_ name: String) -> String {
  BackboneName(rawValue: name.lowercased())?.label ?? name
}

/// Numbers as the report prints them: a true minus sign, no negative zero.
extension Format {
  /// A number with a fixed count of decimals.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = decimal(value, decimals)
    guard text.hasPrefix("-") else { return text }
    let digits = text.dropFirst()
    return digits.allSatisfy { $0 == "0" || $0 == "." } ? String(digits) : "−" + digits
  }

  /// A gain in percent with its sign, such as `+20.1 %`.
  static func gain(_ percent: Double) -> String { signed(percent) + "\u{202F}%" }

  /// A gain without the percent sign.
  static func signed(_ percent: Double) -> String {
    let text = fixed(percent, 1)
    return percent > 0 && text != "0.0" ? "+" + text : text
  }

  /// A p-value to three decimals, or `< 0.001`.
  static func pValue(_ p: Double) -> String { p < 0.001 ? "<\u{202F}0.001" : fixed(p, 3) }

  /// A p-value as part of a sentence: `p = 0.012` or `p < 0.001`.
  static func pStatement(_ p: Double) -> String {
    p < 0.001 ? "p\u{202F}<\u{202F}0.001" : "p\u{202F}=\u{202F}" + fixed(p, 3)
  }

  /// A number of users in words.
  static func users(_ count: Int) -> String { count == 1 ? "1 user" : "\(Self.count(count)) users" }

  /// A whole number with thin spaces between thousands.
  static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return (value < 0 ? "−" : "") + ([digits[...]] + groups).joined(separator: "\u{202F}")
  }
}
