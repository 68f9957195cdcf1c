import Evaluation
import Foundation
import Foundations
import Recommenders

extension Method {
  /// Its place in a table: the simple baselines first.
  var order: Int {
    if let index = Self.system.firstIndex(of: self) { return Self.baselines.count + index }
    return Self.baselines.firstIndex { $0.rawValue == rawValue } ?? Self.baselines.count
  }

  /// Its name for readers.
  var label: String {
    switch self {
    case .base: "Backbone alone"
    case .ift: "IFT"
    case .llama4rec: "Llama4Rec"
    case .withoutDataAugmentation: "w/o data augmentation"
    case .withoutPromptAugmentation: "w/o prompt augmentation"
    case .withoutAdaptiveAggregation: "w/o adaptive aggregation"
    case .backboneCandidates: "Backbone's candidates only"
    case .pretrainedOnly: "Pretrained only"
    case .languageModelAlone: "Language model alone"
    case .twoBackbones: "Two backbones"
    case .simple(let name): backboneLabel(name)
    }
  }

  private static let baselines = BackboneName.allCases.filter(\.isBaseline)
}

extension RecommendationTask {
  /// Its place in the report.
  var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Its name for readers.
  var label: String {
    switch self {
    case .direct: "Direct recommendation"
    case .sequential: "Sequential recommendation"
    case .rating: "Rating prediction"
    }
  }

  /// The metric that summaries quote: NDCG@5 or RMSE, else the first metric there is.
  static func headline(among metrics: [Metric]) -> Metric? {
    metrics.first { $0 == .ndcg5 || $0 == .rmse } ?? metrics.first
  }
}

extension Samples.Row {
  /// What rows are sorted by, so that every table has one order.
  var order: [SortKey] {
    [
      .text(dataset), .number(task.order), .text(backbone ?? ""), .number(method.order),
      .text(method.rawValue),
    ]
  }

  /// The method, with its backbone behind it where that is not the one named.
  func name(besides backbone: String?) -> String {
    guard let own = self.backbone, own != backbone else { return method.rawValue }
    return "\(method) (\(own))"
  }

  /// The row's name where its backbone is known from the place it stands in.
  var label: String { method.label }

  /// The row's name where it stands among rows of other backbones.
  func label(besides backbone: String?) -> String {
    guard let own = self.backbone, own != backbone else { return label }
    return method == .base ? backboneLabel(own) : "\(label) on \(backboneLabel(own))"
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

  /// An interval of gains, in percent without the sign.
  static func interval(_ range: ClosedRange<Double>) -> String {
    "\(signed(range.lowerBound)) to \(signed(range.upperBound))"
  }

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
