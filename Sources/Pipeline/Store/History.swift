import Artifacts
import Foundation
import Foundations

/// The runs so far, oldest first, and between them what was accepted.
public struct History: Sendable {
  public let path: String

  /// The history of a store.
  public init(_ store: Store) { path = store.path("history.jsonl") }

  /// The runs, without what was accepted.
  public func runs() -> [RunRecord] { records().filter { $0.accepted == nil } }

  /// Everything whose line can be read.
  ///
  /// A machine that stopped while a line was written leaves a torn one; it is passed over.
  public func records() -> [RunRecord] {
    let data = FileManager.default.contents(atPath: path) ?? Data()
    return data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? Records.decode(RunRecord.self, from: $0)
    }
  }

  /// Why the results of a profile are not those of its last run; nil where they are.
  public func warning(ofProfile profile: String) -> String? {
    let runs = runs().filter { $0.profile == profile }
    // A run can fail after the report: its results are its own.
    func hasResults(_ run: RunRecord) -> Bool { run.keys[Results.stage] != nil }
    guard let last = runs.last, last.exitCode != 0, !hasResults(last) else { return nil }
    let source = runs.last(where: hasResults).map {
      "these are the results of run \($0.run), ended \($0.ended.formatted(.iso8601))"
    }
    return "the last run, \(last.run), ended with exit code \(last.exitCode); "
      + (source ?? "these results are of an earlier run")
  }

  /// The profile of the last run that published lists; without one that of the last run.
  public var lastPublished: String? {
    let runs = runs()
    return (runs.last { $0.publication?.isPublished == true } ?? runs.last)?.profile
  }

  /// A table of everything.
  public func text() -> String {
    let rows = records().map { run in
      [
        run.run, run.profile, run.started.formatted(.iso8601),
        Format.duration(run.ended.timeIntervalSince(run.started)), "\(run.exitCode)",
        "\(run.cached)", "\(run.ran)", "\(run.failed)", "\(run.total)",
        run.accepted?.joined(separator: " ") ?? "",
        run.publication.map { "\($0.isPublished ? "published" : "old ones stay"); \($0.reason)" }
          ?? "",
      ]
    }
    return TextTable(
      titles: [
        "run", "profile", "started", "time", "exit", "cached", "ran", "failed", "stages",
        "accepted", "lists",
      ],
      rows: rows, rightAligned: [3, 4, 5, 6, 7, 8]
    ).plain
  }

  /// Everything as one JSON object a line.
  public func jsonLines() throws -> String {
    try records().map { try Records.text($0) }.joined(separator: "\n")
  }

  func append(_ record: RunRecord) throws {
    try Files.append(line: try Records.text(record), to: path)
  }
}
