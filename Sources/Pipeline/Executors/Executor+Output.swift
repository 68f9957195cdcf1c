extension Executor {
  /// Runs a command that answers at once, and waits for it.
  ///
  /// - Parameters:
  ///   - request: The command.
  ///   - seconds: How long it may take.
  ///   - clock: The time.
  /// - Returns: Its standard output.
  /// - Throws: `ExecutionError` where it cannot be started, takes too long, or ends with another code
  ///   than 0.
  func output(
    of request: JobRequest, within seconds: Double, clock: some RunClock
  ) throws -> String {
    let inbox = try Inbox<JobEvent>()
    let job = try start(request) { inbox.put($0) }
    let deadline = clock.seconds + seconds
    var output = ""
    while true {
      while let event = inbox.take() {
        switch event {
        case .line(let line): output += line + "\n"
        case .ended(let report):
          guard report.end == .exited(0) else { throw request.failure(report.end) }
          return output
        case .started, .memory: break
        }
      }
      let left = deadline - clock.seconds
      guard left > 0 else {
        kill(job)
        throw ExecutionError(
          executable: request.executable,
          reason: "no end of \(request.name) within \(Int(seconds)) s; "
            + "try it by itself, and look whether the machine has memory left")
      }
      clock.wait(for: inbox.bell, atMost: left)
    }
  }
}

extension JobRequest {
  fileprivate func failure(_ end: JobReport.End) -> ExecutionError {
    let how =
      switch end {
      case .exited(let code): "exit code \(code)"
      case .killed(let signal): "killed by signal \(signal)"
      case .lost(let reason): reason
      }
    return ExecutionError(
      executable: executable, reason: "\(name) ended with \(how); try it by itself")
  }
}
