import Dispatch
import Foundations
import Glibc
import Synchronization

/// Runs jobs as processes of this machine, each in a process group of its own.
///
/// Each job has a thread here, which starts the process, reads its output and waits for its end. On Linux a
/// child is killed with the thread that started it, so a runner that dies leaves no stage behind; only
/// where `setpriv` is missing can one go on, and then a later run finds it by its id.
public final class LocalExecutor: Executor {
  private let processes = Mutex<[JobID: pid_t]>([:])

  /// How often a job is looked at: its memory, where that is limited, and whether it has ended.
  private static let secondsBetweenLooks = 0.25

  public init() {}

  public func start(
    _ request: JobRequest, _ report: @escaping @Sendable (JobEvent) -> Void
  ) throws(ExecutionError) -> JobID {
    let answer = Answer()
    do {
      try WorkerThread.start { [self] in run(request, answer, report) }
    } catch {
      throw ExecutionError(executable: request.executable, reason: error.reason)
    }
    return try answer.wait().get()
  }

  /// The output of a process of an earlier run went to that run.
  public func follow(_ job: JobID, _ report: @escaping @Sendable (JobEvent) -> Void) -> Bool {
    false
  }

  public func stop(_ job: JobID, signal: Int32) {
    // Under the lock: a process is reaped only after it is taken out, so its number is still its own.
    processes.withLock { processes in
      if let process = processes[job] { _ = Glibc.kill(-process, signal) }
    }
  }

  public func kill(_ job: JobID) {
    stop(job, signal: SIGKILL)
    guard processes.withLock({ $0[job] }) == nil, let left = ProcessStatus(of: job) else { return }
    Glibc.kill(-left.process, SIGKILL)
    // What it still writes must not meet what the next one writes.
    for _ in 0..<1000 where ProcessStatus(of: job) != nil { usleep(1000) }
  }

  private func run(
    _ request: JobRequest, _ answer: Answer, _ report: @Sendable (JobEvent) -> Void
  ) {
    let child: ChildProcess
    do {
      child = try ChildProcess(request)
    } catch {
      answer.give(.failure(error))
      return
    }
    let job = child.job
    processes.withLock { $0[job] = child.process }
    answer.give(.success(job))
    report(.started)
    child.readLines(
      pausingEvery: Self.secondsBetweenLooks,
      onLine: { report(.line($0)) },
      onPause: {
        guard request.resources.memory != nil else { return }
        report(.memory(ProcessStatus.memory(ofGroup: child.process)))
      })
    child.waitForEnd()
    processes.withLock { $0[job] = nil }
    report(.ended(child.reap()))
  }

  /// Tells the thread that asked for a job what became of it.
  private final class Answer: Sendable {
    private let result = Mutex<Result<JobID, ExecutionError>?>(nil)
    private let isGiven = DispatchSemaphore(value: 0)

    func give(_ result: Result<JobID, ExecutionError>) {
      self.result.withLock { $0 = result }
      isGiven.signal()
    }

    func wait() -> Result<JobID, ExecutionError> {
      isGiven.wait()
      guard let result = result.withLock({ $0 }) else {
        preconditionFailure("given before signalled")
      }
      return result
    }
  }
}
