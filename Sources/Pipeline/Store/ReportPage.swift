import Artifacts
import Foundation
import Foundations
import Glibc

/// Completes the report's page with what only the runner knows.
///
/// That is which stages ran, how long and on how much memory. The stored page is left as it is, so
/// that it stays the same from run to run.
package enum ReportPage {
  /// The marker in the stored page that the table replaces.
  static let marker = "<!--run-record-->"
  /// The file that the stage writes, and the profile's page that is made of it.
  static let file = "report.html"

  /// Writes the profile's page and tells whether this run has one.
  static func write(_ project: Project, _ decisions: [(Decision, ActionRecord)]) throws -> Bool {
    let pages = decisions.compactMap { _, action in
      action.instance.contains("[") ? nil : action.outputs.first { $0.file == file }
    }
    guard let page = pages.last else { return false }
    try complete(
      project.store.objectPath(page.digest), with: section(decisions), in: project)
    return true
  }

  /// Says in the profile's page, if there is one, that the last run did not get that far.
  static func note(_ summary: String, ended: Date, in project: Project) throws {
    let path = project.store.linkPath(
      profile: project.profile, folder: "report", file: file)
    guard access(path, R_OK) == 0 else { return }
    let text = Escaping.html(
      "These are the results of an earlier run. The last run, ended \(ended.formatted(.iso8601)), "
        + "did not come to an end: \(summary)")
    try complete(
      path, with: "<section id=\"run-record\"><p><strong>\(text)</strong></p></section>",
      in: project)
  }

  /// Writes the profile's page: a stored one with a section in the place of the marker.
  private static func complete(
    _ stored: String, with section: String, in project: Project
  ) throws {
    let page = String(decoding: try Files.readStored(stored), as: UTF8.self)
      .replacingOccurrences(of: marker, with: section)
    try Files.writeAtomically(page, to: project.store.reportPath(profile: project.profile))
  }

  /// The section with a row for each stage.
  package static func section(_ decisions: [(Decision, ActionRecord)]) -> String {
    var html = "<section id=\"run-record\">\n<h2>Stages of this run</h2>\n<table>\n<thead><tr>"
    for title in ["Stage", "Decision", "Seconds", "CPU seconds", "Peak memory", "Bytes out"] {
      html += "<th>\(title)</th>"
    }
    html += "</tr></thead>\n<tbody>\n"
    for (decision, action) in decisions {
      let size = action.outputs.reduce(0) { $0 + $1.bytes }
      let cells = [
        action.instance, decision.description, Format.decimal(action.usage.seconds, 1),
        Format.decimal(action.usage.cpuSeconds, 1), Format.bytes(action.usage.peakBytes),
        Format.bytes(size),
      ]
      html += "<tr>" + cells.map { "<td>\(Escaping.html($0))</td>" }.joined() + "</tr>\n"
    }
    return html + "</tbody>\n</table>\n</section>"
  }
}

extension Store {
  /// The path of a profile's completed report.
  public func reportPath(profile: String) -> String { path("\(profile)/\(ReportPage.file)") }
}
