import Evaluation
import Foundation
import Foundations
import Reporting
import Testing

@Suite struct ResultsTests {
  /// Bound on the error of means of a few single-precision values.
  static let tolerance = 1e-6

  static func row(_ rows: [ResultRow], _ method: Method, _ metric: Metric = .ndcg5) throws
    -> ResultRow
  {
    try #require(rows.first { $0.method == method && $0.metric == metric })
  }

  @Test func `means and spreads are over the seeds`() throws {
    let rows = makeResults(profile: "tiny", metrics: Tables.direct)
    let system = try Self.row(rows, .llama4rec)
    // Seeds: (.5 + .9 + .3 + .5) / 4 = .55 and (.7 + .9 + .5 + .5) / 4 = .65.
    #expect(abs(system.mean - 0.6) < Self.tolerance)
    #expect(abs(try #require(system.std) - 0.1 / 2.0.squareRoot()) < Self.tolerance)
    #expect(system.seeds == 2)
    #expect(system.users == 4)
    #expect(system.profile == "tiny")
    #expect(try Self.row(rows, .base).std == 0)
  }

  @Test func `the full system stands against the better of base and IFT`() throws {
    let rows = makeResults(profile: "tiny", metrics: Tables.direct)
    let system = try Self.row(rows, .llama4rec)
    #expect(system.bestBaseline == .base)
    // (.6 − .3) / .3 = 100 %.
    #expect(abs(try #require(system.improvementPercent) - 100) < 1e-4)
    // Averaged over seeds: llama4rec .6 .9 .4 .5, base .2 .4 .2 .4; differences .4 .5 .2 .1.
    let test = try #require(PairedTTest([0.4, 0.5, 0.2, 0.1] as [Double], [0, 0, 0, 0]))
    #expect(abs(try #require(system.pValue) - test.pValue) < 1e-5)
    // Mean .3, deviation √(.1/3), t = .3 / (.18257 / 2) = 3.2863 by hand.
    #expect(abs(test.t - 3.286335) < 1e-5)
  }

  @Test func `IFT stands against base and base against nothing`() throws {
    let rows = makeResults(profile: "tiny", metrics: Tables.direct)
    let ift = try Self.row(rows, .ift)
    #expect(ift.bestBaseline == .base)
    #expect(abs(try #require(ift.improvementPercent) + 100.0 / 3) < 1e-4)
    let base = try Self.row(rows, .base)
    #expect(base.bestBaseline == nil)
    #expect(base.pValue == nil)
    #expect(base.improvementPercent == nil)
  }

  @Test(arguments: Method.system.filter(\.isFormOfFullSystem))
  func `every form of the full system has the better baseline`(method: Method) throws {
    let run = Tables.run(
      seed: 1,
      [
        .base: [0.1, 0.2, 0.1, 0.2], .ift: [0.2, 0.3, 0.2, 0.3], method: [0.4, 0.4, 0.3, 0.3],
      ])
    let rows = makeResults(profile: "tiny", metrics: [run])
    #expect(try Self.row(rows, method).bestBaseline == .ift)
  }

  @Test func `the language model alone stands against base`() throws {
    let run = Tables.run(
      seed: 1,
      [
        .base: [0.1, 0.2, 0.1, 0.2], .ift: [0.2, 0.3, 0.2, 0.3],
        .languageModelAlone: [0.4, 0.4, 0.3, 0.3],
      ])
    let rows = makeResults(profile: "tiny", metrics: [run])
    #expect(try Self.row(rows, .languageModelAlone).bestBaseline == .base)
  }

  @Test func `RMSE is the mean of the seeds' roots and less of it is a gain`() throws {
    let columns: [Metric] = [.rmse, .mae]
    let runs = [
      Tables.run(
        task: .rating, backbone: "deepfm", seed: 1, columns: columns,
        [.base: [4, 4, 4, 4, 2, 2, 2, 2], .llama4rec: [1, 1, 1, 1, 1, 1, 1, 1]]),
      Tables.run(
        task: .rating, backbone: "deepfm", seed: 2, columns: columns,
        [.base: [16, 16, 16, 16, 4, 4, 4, 4], .llama4rec: [4, 9, 4, 9, 2, 3, 2, 3]]),
    ]
    let rows = makeResults(profile: "tiny", metrics: runs)
    let base = try Self.row(rows, .base, .rmse)
    let system = try Self.row(rows, .llama4rec, .rmse)
    #expect(base.mean == 3)
    // (1 + √6.5) / 2.
    #expect(abs(system.mean - (1 + 6.5.squareRoot()) / 2) < Self.tolerance)
    #expect(
      abs(try #require(system.improvementPercent) - (3 - system.mean) / 3 * 100) < Self.tolerance)
    // Squared errors averaged over seeds: 2.5 5 2.5 5 against 10; t = −6.25 / (√(6.25/3) / 2).
    let test = try #require(PairedTTest([2.5, 5, 2.5, 5] as [Double], [10, 10, 10, 10]))
    #expect(abs(test.t + 6.25 / ((6.25 / 3).squareRoot() / 2)) < 1e-9)
    #expect(abs(try #require(system.pValue) - test.pValue) < 1e-9)
    let mae = try Self.row(rows, .llama4rec, .mae)
    // (1 + 2.5) / 2 against (2 + 4) / 2.
    #expect(mae.mean == 1.75)
    #expect(abs(try #require(mae.improvementPercent) - 125.0 / 3) < Self.tolerance)
  }

  @Test func `rows come in one order whatever the order of the input`() {
    let baselines = [
      Tables.baseline("ease", [0.1, 0.1, 0.1, 0.1]),
      Tables.baseline("popularity", [0.1, 0, 0.1, 0]),
    ]
    let other = Tables.run(backbone: "mf", seed: 1, [.base: [0.1, 0.2, 0.1, 0.2]])
    let rating = Tables.run(
      task: .rating, backbone: "afm", seed: 1, columns: [.mae], [.base: [1, 1, 1, 2]])
    let runs = [rating, other] + Tables.direct
    let rows = makeResults(profile: "tiny", metrics: runs, baselines: baselines)
    #expect(
      rows.map { "\($0.task) \($0.backbone ?? "-") \($0.method)" } == [
        "direct - popularity", "direct - ease", "direct lightgcn base", "direct lightgcn ift",
        "direct lightgcn llama4rec", "direct mf base", "rating afm base",
      ])
    let reversed = makeResults(
      profile: "tiny", metrics: runs.reversed(), baselines: baselines.reversed())
    #expect(rows == reversed)
  }

  @Test func `users that a seed lacks are left out of tests but not of means`() throws {
    let run = Tables.run(seed: 1, [.base: [0.2, 0.4, 0.2, 0.4]])
    let fewer = UserMetrics(
      task: .direct, backbone: "lightgcn", dataset: "ml-1m", seed: 2, methods: [.base],
      metrics: [.ndcg5], users: [3, 8], interactions: [10, 40], values: [0.9, 0.7])
    let row = try Self.row(makeResults(profile: "tiny", metrics: [run, fewer]), .base)
    #expect(row.users == 2)
    #expect(abs(row.mean - (0.3 + 0.8) / 2) < Self.tolerance)
  }

  @Test func `a baseline of zero has no relative gain`() throws {
    let run = Tables.run(seed: 1, [.base: [0, 0, 0, 0], .llama4rec: [0, 0.5, 0, 0.5]])
    let row = try Self.row(makeResults(profile: "tiny", metrics: [run]), .llama4rec)
    #expect(row.improvementPercent == nil)
    #expect(row.pValue != nil)
  }

  @Test func `rows have every key of the contract, null where there is no value, and come back`()
    throws
  {
    let rows = makeResults(
      profile: "tiny", metrics: Tables.direct, baselines: [Tables.baseline("ease", [1, 0, 1, 0])])
    #expect(
      ResultRow.keys == [
        "profile", "dataset", "task", "backbone", "language_model", "method", "metric", "mean",
        "std", "seeds",
        "users", "p_value", "best_baseline", "improvement_percent", "strongest", "p_vs_strongest",
        "published",
      ])
    let ease = try #require(rows.first)
    #expect(
      ease.values == [
        .string("tiny"), .string("ml-1m"), .string("direct"), .null, .null, .string("ease"),
        .string("NDCG@5"), .number(0.5), .null, .integer(1), .integer(4), .null, .null, .null,
        .null, .null, .null,
      ])
    let json = JSONValue.array(
      rows.map { row in
        .object(zip(ResultRow.keys, row.values).map { JSONValue.Member($0, $1) })
      }
    ).text
    #expect(try JSONDecoder().decode([ResultRow].self, from: Data(json.utf8)) == rows)
    let read = try [ResultRow](artifact: rows.artifact(), profile: "tiny")
    #expect(read.map(\.method) == rows.map(\.method))
    #expect(read.map(\.languageModel) == rows.map(\.languageModel))
    let models = rows.filter { $0.metric == .ndcg5 }.map { [$0.method.rawValue, $0.languageModel] }
    #expect(
      models == [
        ["ease", nil], ["base", nil], ["ift", "title-llama"], ["llama4rec", "title-llama"],
      ])
    #expect(zip(read, rows).allSatisfy { abs($0.mean - $1.mean) < Self.tolerance })
    #expect(read.map(\.strongest) == rows.map(\.strongest))
    #expect(read.map { $0.std == nil } == rows.map { $0.std == nil })
  }

  @Test func `a seed that comes twice traps`() async {
    await #expect(processExitsWith: .failure) {
      _ = makeResults(profile: "tiny", metrics: [Tables.direct[0], Tables.direct[0]])
    }
  }
}
