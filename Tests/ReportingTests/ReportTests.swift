import Evaluation
import Foundation
import FoundationXML
import Reporting
import Testing

@Suite struct ReportTests {
  static let curves = [1, 2].map { seed in
    TrainingCurve(
      label: "train-backbone", metric: "NDCG@10", backbone: "lightgcn", seed: seed,
      epochs: [1, 2, 3], loss: [0.7, 0.5, 0.4], validation: [.nan, 0.05, 0.06])
  }

  static func page(
    title: String = "Llama4Rec", _ metrics: [UserMetrics], baselines: [BaselineMetrics] = [],
    curves: [TrainingCurve] = []
  ) -> String {
    Report(
      title: title, profile: "tiny",
      results: makeResults(profile: "tiny", metrics: metrics, baselines: baselines),
      metrics: metrics, baselines: baselines, curves: curves
    ).html()
  }

  static let full = page(
    Tables.direct, baselines: [Tables.baseline("ease", [0.8, 0.9, 0.7, 0.8])], curves: curves)

  /// The page's text and the names of its elements; nil with the parser's message when malformed.
  static func parse(_ page: String) throws -> (text: String, elements: [String]) {
    let reader = PageReader()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = reader
    try #require(
      parser.parse(),
      "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "no message")")
    return (reader.text, reader.elements)
  }

  static func occurrences(of part: String, in text: String) -> Int {
    text.components(separatedBy: part).count - 1
  }

  @Test func `the page is well-formed and has every section`() throws {
    let (text, elements) = try Self.parse(Self.full)
    #expect(elements.first == "html")
    for heading in [
      "Summary", "Results", "Gains", "Weight of the language model", "Candidates",
      "Gain by user activity", "Gain by popularity",
      "Training", "Choices made on validation", "How it was measured",
    ] {
      #expect(text.contains(heading))
    }
    // Two forest plots, a heat map, two bar plots and a training.
    #expect(elements.count { $0 == "svg" } == 6)
    #expect(elements.count { $0 == "desc" } == 6)
    #expect(elements.count { $0 == "figcaption" } == 6)
    #expect(!elements.contains("script"))
  }

  @Test func `the page fetches nothing`() {
    for needle in ["http", "src=", "url(", "@import", "<link"] {
      #expect(!Self.full.contains(needle), "\(needle)")
    }
  }

  @Test func `the same numbers give the same bytes`() {
    let again = Self.page(
      Tables.direct.reversed(), baselines: [Tables.baseline("ease", [0.8, 0.9, 0.7, 0.8])],
      curves: Self.curves.reversed())
    #expect(again == Self.full)
  }

  @Test func `names from the data never become markup`() throws {
    let hostile = "<script>alert('1')</script>&\"<!--run-record-->\u{1}"
    let run = Tables.run(
      backbone: hostile, dataset: hostile, seed: 1,
      [
        .base: [0.2, 0.4, 0.2, 0.4], .llama4rec: [0.5, 0.9, 0.3, 0.5],
        .simple(hostile): [1, 0, 1, 0],
      ],
      choices: [hostile: hostile])
    let curve = TrainingCurve(
      label: hostile, metric: hostile, backbone: hostile, seed: 1, epochs: [1], loss: [1],
      validation: [2])
    let page = Self.page(title: hostile, [run], curves: [curve])
    let (text, elements) = try Self.parse(page)
    #expect(!elements.contains("script"))
    #expect(!page.contains("<script"))
    #expect(Self.occurrences(of: Report.runRecordMarker, in: page) == 1)
    #expect(text.contains("<script>alert('1')</script>&\"<!--run-record-->\u{FFFD}"))
  }

  @Test func `the place of the run record is there exactly once`() {
    #expect(Report.runRecordMarker == "<!--run-record-->")
    #expect(Self.occurrences(of: Report.runRecordMarker, in: Self.full) == 1)
    #expect(Self.occurrences(of: Report.runRecordMarker, in: Self.page([])) == 1)
  }

  @Test func `a run without results says so`() throws {
    let (text, _) = try Self.parse(Self.page([]))
    #expect(text.contains("The run holds no results."))
  }

  @Test func `a significant gain is called one, and the stronger rival is named`() throws {
    let run = Tables.run(
      seed: 1,
      [
        .base: [0.2, 0.4, 0.2, 0.4], .llama4rec: [0.5, 0.7, 0.5, 0.71], .ift: [0.1, 0.3, 0.1, 0.3],
      ])
    let ease = Tables.baseline("ease", [0.8, 0.9, 0.7, 0.8])
    let (text, _) = try Self.parse(Self.page([run], baselines: [ease]))
    #expect(text.contains("the full system gains significantly."))
    #expect(text.contains("against 0.3000 for the backbone alone, +100.8\u{202F}%"))
    #expect(text.contains("The strongest other row is EASE with 0.8000"))
    #expect(text.contains("The paper reports +8.3\u{202F}% here."))
  }

  @Test func `what is significant alone need not be so beside other comparisons`() throws {
    // t = 3.29 with three degrees of freedom: p = 0.046, and 0.092 as the smaller of two.
    let (alone, _) = try Self.parse(Self.page(Tables.direct))
    #expect(alone.contains("p\u{202F}=\u{202F}0.046"))
    #expect(alone.contains("the full system gains significantly."))
    let (text, _) = try Self.parse(Self.full)
    #expect(text.contains("adjusted p\u{202F}=\u{202F}0.092"))
    #expect(text.contains("the full system brings no significant gain"))
  }

  @Test func `where there is no gain the summary says so`() throws {
    let run = Tables.run(
      seed: 1,
      [
        .base: [0.5, 0.4, 0.6, 0.5], .ift: [0.5, 0.3, 0.6, 0.4],
        .llama4rec: [0.4, 0.5, 0.5, 0.6],
      ])
    let (text, _) = try Self.parse(Self.page([run]))
    #expect(
      text.contains(
        "the full system brings no significant gain: it shows no difference that could be told "
          + "from chance."))
    #expect(text.contains("One seed was run"))
  }

  @Test func `a significant loss is called one`() throws {
    let run = Tables.run(
      seed: 1, [.base: [0.5, 0.6, 0.7, 0.8], .llama4rec: [0.1, 0.21, 0.3, 0.4]])
    let (text, _) = try Self.parse(Self.page([run]))
    #expect(text.contains("the full system brings no significant gain: it loses significantly."))
    #expect(text.contains("a significant loss"))
  }

  @Test func `a run without the full system is reported without a claim`() throws {
    let run = Tables.run(seed: 1, [.base: [0.5, 0.6, 0.7, 0.8]])
    let (text, _) = try Self.parse(Self.page([run]))
    #expect(text.contains("The full system was not compared with a backbone in this run"))
    #expect(!text.contains("Gains"))
  }

  @Test func `the chosen weights of every seed are marked on the averaged map`() throws {
    let (text, _) = try Self.parse(Self.full)
    // Row-major map .1 .2 .3 / .2 .5 .4; seed 1 chose (.9, .5) and seed 2 (.1, .9).
    #expect(
      text.contains(
        "chosen: α₁ 0.1 and α₂ 0.9 (0.3000, 1 seed), α₁ 0.9 and α₂ 0.5 (0.5000, 1 seed)."))
  }

  @Test func `activity groups carry their users and gain`() throws {
    let (text, _) = try Self.parse(Self.full)
    // The least active user: llama4rec .6 against base .2.
    #expect(text.contains("3 interactions, 1 user, NDCG@5: Backbone alone 0.2000"))
    #expect(text.contains("Llama4Rec 0.6000, α 0.90, gain +200.0\u{202F}%"))
  }

  @Test func `groups by popularity go by the test item, and tell the interval of the gain`() throws
  {
    let metrics = (1...2).map { seed in
      var run = Tables.run(
        seed: seed,
        [
          .base: [0.2, 0.4, 0.2, 0.4], .ift: [0, 0, 0, 0], .llama4rec: [0.5, 0.5, 0.3, 0.5],
        ])
      run.popularity = [9, 1, 1, 30]
      return run
    }
    let (text, _) = try Self.parse(Self.page(metrics))
    // The two rarest: differences .1 and .1 over a base of .3, with no spread.
    #expect(
      text.contains(
        "1 interactions, 2 users, NDCG@5: Backbone alone 0.3000, IFT 0.0000, Llama4Rec 0.4000, α 0.50, "
          + "gain +33.3\u{202F}% (+33.3 to +33.3)"))
  }

  @Test func `recall of the candidates by source`() throws {
    let (text, _) = try Self.parse(Self.full)
    let cells = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    let start = try #require(cells.firstIndex(of: "Each lists"))
    let row = cells[start...].drop { $0 != "LightGCN" }.prefix(6)
    #expect(
      Array(row.dropFirst(2)) == [
        "50", "25.0\u{202F}%", "50.0\u{202F}%", "50.0\u{202F}%",
      ])
  }

  @Test func `published values stand in the table`() throws {
    #expect(Self.full.contains("<small>paper 0.0286</small>"))
  }
}

/// Collects the text and the element names of a page.
private final class PageReader: NSObject, XMLParserDelegate {
  var text = ""
  var elements: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append(name)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
