import Foundation
import Foundations
import StageProtocol

extension Runner {
  /// Records the run, completes the report and tells how it ended.
  func conclude() throws -> Int32 {
    let code = exitCode
    try? project.digests.save()
    guard options.isRecorded else { return code }
    var keys: [String: String] = [:]
    for (index, action) in results { keys[project.plan.instances[index].name] = action.key }
    try History(project.store).append(
      RunRecord(
        run: run, profile: project.profile, started: started, ended: clock.date, exitCode: code,
        cached: schedule.count(.cached), ran: schedule.count(.finished),
        failed: failures.count, total: schedule.states.count, keys: keys,
        publication: publication))
    let decisions = project.plan.instances.indices.compactMap { index in
      results[index].map { (judgements[index]?.decision ?? .cached, $0) }
    }
    // What fails after the report leaves its page as good as it is.
    if try !ReportPage.write(project, decisions), code != 0 {
      try ReportPage.note(summary, ended: clock.date, in: project)
    }
    console.line(summary)
    return code
  }

  private var exitCode: Int32 {
    if schedule.isComplete {
      let code: ExitCode = publication?.isPublished == false ? .failed : .done
      return code.rawValue
    }
    if case .signal(let number) = schedule.stop { return 128 + number }
    if failures.contains(where: { $0.failure.exitCode == ExitCode.badData.rawValue }) {
      return ExitCode.badData.rawValue
    }
    let areTemporary =
      !failures.isEmpty
      && failures.allSatisfy { $0.failure.exitCode == ExitCode.temporary.rawValue }
    return areTemporary ? ExitCode.temporary.rawValue : ExitCode.failed.rawValue
  }

  private var summary: String {
    let total = schedule.states.count
    let time = Format.duration(clock.seconds - startSeconds)
    if schedule.count(.cached) == total { return "all \(total) stages cached (\(time))" }
    let counts: [(Int, String)] = [
      (schedule.count(.cached), "cached"), (schedule.count(.finished), "ran"),
      (failures.count, "failed"), (schedule.count(.failed) - failures.count, "interrupted"),
      (schedule.count(.skipped), "skipped"),
      (
        schedule.count(.waiting) + schedule.count(.undecided) + schedule.count(.ready),
        "not started"
      ),
    ]
    let phrases = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return "\(total) stages: \(phrases.joined(separator: ", ")) (\(time))"
  }
}
