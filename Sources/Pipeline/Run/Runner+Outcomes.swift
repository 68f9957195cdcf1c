import Foundations

/// What becomes of a stage: its result is kept, it is tried again, or it has failed.
extension Runner {
  /// Makes a result visible under its readable name and in the journal.
  mutating func keep(_ action: ActionRecord, of index: Int) throws {
    results[index] = action
    let instance = project.plan.instances[index]
    try project.store.link(action, profile: project.profile, folder: instance.folder)
    let entry = Journal.Entry(
      state: .done, key: action.key, finishedKey: action.key,
      log: journal.entries[instance.name]?.log)
    guard journal.entries[instance.name] != entry else { return }
    journal.entries[instance.name] = entry
    try project.store.write(journal, profile: project.profile)
  }

  /// Has a stage tried again, or gives it up.
  mutating func fail(_ index: Int, _ failure: StageRun.Failure) throws {
    guard var stage = running[index] else { preconditionFailure("ended before it began") }
    var failure = failure
    if let breach = stage.breach {
      failure.message = breach.message
      failure.isExplained = true
      failure.isFinal = breach.isFinal
    }
    if !failure.isFinal, !wasInterrupted, let pause = stage.retry(at: clock.seconds) {
      running[index] = stage
      journal.entries[stage.run.instance.name]?.job = nil
      console.line(
        "\(failed(stage.run.instance.name, failure)); tries again in \(Format.duration(pause)) "
          + "(retry \(stage.failedAttempts) of \(stage.budget.retries))")
      return
    }
    forget(index)
    schedule.fail(index)
    try note(failure, of: stage.run)
  }

  private func failed(_ name: String, _ failure: StageRun.Failure) -> String {
    let code = failure.exitCode.map { " (exit code \($0))" } ?? ""
    return "\(name): failed\(code): \(failure.message)"
  }

  private mutating func note(_ failure: StageRun.Failure, of stage: StageRun) throws {
    let name = stage.instance.name
    let state: Journal.State = wasInterrupted ? .interrupted : .failed
    journal.entries[name]?.state = state
    journal.entries[name]?.exitCode = failure.exitCode
    journal.entries[name]?.message = failure.message
    journal.entries[name]?.job = nil
    try project.store.write(journal, profile: project.profile)
    if wasInterrupted {
      console.line("\(name): interrupted, can go on from its last checkpoint")
    } else {
      failures.append((stage.index, failure))
      console.line(failed(name, failure))
      if !failure.isExplained {
        for line in LogFile.tail(stage.logPath, lines: 10) { console.line("  | \(line)") }
      }
      console.line("  log: \(stage.logPath)")
    }
  }

  mutating func forget(_ index: Int) {
    running[index] = nil
    console.ended(index)
  }
}
