import Evaluation
import Foundations

extension Report {
  /// What was run and what came out, in sentences computed from the numbers.
  func summary() -> [HTML] {
    guard !tables.isEmpty else { return [tag("p", "The run holds no results.")] }
    var content: [HTML] = []
    let verdicts = tables.flatMap { table in
      Verdict.adjusted(table.systems.map { Verdict(self, table, $0) })
    }
    let measured = verdicts.compactMap(\.againstBaseline)
    if measured.isEmpty {
      return [
        tag(
          "p", ["class": "lead"],
          "The full system was not compared with a backbone in this run; the tables below show "
            + "what was measured.")
      ]
    }
    content.append(
      tag(
        "p", ["class": "lead"],
        "Compared with the better of its backbone alone and IFT, the full system "
          + "\(tally(measured))."
      ))
    content.append(tag("ul", verdicts.map { tag("li", $0.sentences()) }))
    let rivals = verdicts.compactMap(\.againstStrongest)
    if !rivals.isEmpty {
      content.append(
        tag(
          "p",
          "Held against the strongest other row of each table, simple baselines and the language "
            + "model alone included, it \(tally(rivals))."))
    }
    if Set(metrics.map(\.seed)).count == 1 {
      content.append(
        tag(
          "p", ["class": "quiet"],
          "One seed was run, so how much these numbers move with the seed is not known."))
    }
    return content
  }

  /// Counts outcomes: "gains significantly in 2 and loses significantly in 1 of 3 comparisons".
  private func tally(_ comparisons: [Comparison]) -> String {
    let outcomes = comparisons.map(Outcome.init)
    let parts = Outcome.allCases.compactMap { outcome -> String? in
      let count = outcomes.count { $0 == outcome }
      if count == 0 { return nil }
      return comparisons.count == 1 ? outcome.verb : "\(outcome.verb) in \(count)"
    }
    let list =
      parts.count < 3
      ? parts.joined(separator: " and ") : "\(parts[0]), \(parts[1]) and \(parts[2])"
    let total = comparisons.count == 1 ? "" : " of \(comparisons.count) comparisons"
    return (outcomes.contains(.gain) ? "" : "brings no significant gain: it ") + list + total
  }
}

/// What a comparison amounts to at p < 0.05.
enum Outcome: CaseIterable {
  case gain, unclear, loss

  init(_ comparison: Comparison) {
    guard comparison.isSignificant, let gain = comparison.improvementPercent else {
      self = .unclear
      return
    }
    self = gain > 0 ? .gain : .loss
  }

  /// The style class of a number with this outcome.
  var style: String {
    switch self {
    case .gain: "good"
    case .unclear: "unclear"
    case .loss: "bad"
    }
  }

  var verb: String {
    switch self {
    case .gain: "gains significantly"
    case .unclear: "shows no difference that could be told from chance"
    case .loss: "loses significantly"
    }
  }

  var words: String {
    switch self {
    case .gain: "a significant gain"
    case .unclear: "no difference that could be told from chance"
    case .loss: "a significant loss"
    }
  }
}

/// The full system on one backbone, judged by its task's headline metric.
private struct Verdict {
  let name: String
  let metric: Metric
  let mean: Double
  private(set) var againstBaseline: Comparison?
  private(set) var againstStrongest: Comparison?
  private let backbone: String?
  private let baselineMean: Double?
  private let strongestMean: Double?
  private let publishedGain: Double?

  init(_ report: Report, _ table: ResultTable, _ row: Samples.Row) {
    let samples = report.samples
    let metric = table.headline
    func compare(_ rival: Samples.Row?) -> Comparison? {
      rival.flatMap { samples.compare(row, with: $0, on: metric) }
    }
    func mean(_ row: Samples.Row?) -> Double? { row.flatMap { samples[$0, metric]?.summary.mean } }
    let baseline = samples.baseline(of: row, on: metric)
    let strongest = samples.strongest(besides: row, on: metric)
    name = "\(report.name(of: table)), \(backboneLabel(row.backbone ?? ""))"
    self.metric = metric
    self.mean = mean(row) ?? 0
    backbone = row.backbone
    againstBaseline = compare(baseline)
    againstStrongest = compare(strongest)
    baselineMean = mean(baseline)
    strongestMean = mean(strongest)
    publishedGain = report.publishedGain(row, metric)
  }

  /// The verdicts of one table, their comparisons adjusted for each other.
  static func adjusted(_ verdicts: [Verdict]) -> [Verdict] {
    let family = verdicts.flatMap {
      [$0.againstBaseline, $0.isAgainstOne ? nil : $0.againstStrongest]
    }.adjusted
    return verdicts.enumerated().map { index, verdict in
      var verdict = verdict
      verdict.againstBaseline = family[2 * index]
      verdict.againstStrongest = family[2 * index + (verdict.isAgainstOne ? 0 : 1)]
      return verdict
    }
  }

  /// Whether the strongest other row is the baseline, so that there is one comparison.
  private var isAgainstOne: Bool { againstStrongest?.rival == againstBaseline?.rival }

  func sentences() -> [HTML] {
    var text: [HTML] = [tag("strong", name), ": \(metric.rawValue) \(Format.fixed(mean, 4))"]
    guard let againstBaseline, let baselineMean else {
      return text + [". There is no backbone alone or IFT to compare it with."]
    }
    text += [" against \(Format.fixed(baselineMean, 4)) for \(label(againstBaseline)), "]
    text += statement(againstBaseline)
    if let publishedGain { text += [" The paper reports \(Format.gain(publishedGain)) here."] }
    if let againstStrongest, let strongestMean, !isAgainstOne {
      let strongest = "\(label(againstStrongest)) with \(Format.fixed(strongestMean, 4))"
      text += [" The strongest other row is \(strongest); against it the full system is at "]
      text += statement(againstStrongest)
    }
    return text
  }

  private func label(_ comparison: Comparison) -> String {
    let label = comparison.rival.label(besides: backbone)
    return comparison.rival.method == .base && comparison.rival.backbone == backbone
      ? "the backbone alone" : label
  }

  /// The gain with its interval and p-value, and what that amounts to.
  private func statement(_ comparison: Comparison) -> [HTML] {
    guard let gain = comparison.improvementPercent else {
      return ["whose mean is zero, so that no relative gain exists."]
    }
    let outcome = Outcome(comparison)
    var details: [String] = []
    if let interval = comparison.interval {
      details.append(
        "95\u{202F}% interval \(Format.signed(interval.lowerBound)) to "
          + Format.signed(interval.upperBound))
    }
    if let p = comparison.pValue { details.append(Format.pStatement(p)) }
    if let p = comparison.adjustedPValue, p != comparison.pValue {
      details.append("adjusted " + Format.pStatement(p))
    }
    let bracket = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
    return [
      tag("span", ["class": outcome.style], Format.gain(gain)), "\(bracket): ",
      tag("span", ["class": outcome.style], outcome.words), ".",
    ]
  }
}

extension Report {
  /// The gain that the paper's own values show for a row of the full system, in percent.
  fileprivate func publishedGain(_ row: Samples.Row, _ metric: Metric) -> Double? {
    func published(_ method: Method) -> Double? {
      var other = row
      other.method = method
      return result(other, metric)?.published
    }
    let baselines = row.method.baselines.compactMap(published)
    let best = metric.higherIsBetter ? baselines.max() : baselines.min()
    guard let system = published(row.method), let best else { return nil }
    return (system - best) / best * (metric.higherIsBetter ? 100 : -100)
  }
}
