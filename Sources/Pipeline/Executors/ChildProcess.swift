import Foundations
import Glibc
import Synchronization

/// One process: own process group, standard output by lines, resource usage.
///
/// Written on `posix_spawn` and `wait4`, because only `wait4` tells what the child itself used. The thread
/// that makes it must live until it is reaped: the system kills the child with that thread.
struct ChildProcess {
  /// The process id, which is also that of the process group.
  let process: pid_t
  let job: JobID
  private let output: Int32

  // Pipe and child are made under one lock, so that no other child inherits this pipe.
  private static let spawning = Mutex(())

  /// Starts the process.
  init(_ request: JobRequest) throws(ExecutionError) {
    let (process, output) = try Self.spawning.withLock { _ throws(ExecutionError) in
      try Self.spawn(request)
    }
    self.process = process
    self.output = output
    job = ProcessStatus(process)?.job ?? JobID("\(process):")
  }

  /// Reads standard output until the process has closed it, or has ended and nothing more comes: what it left
  /// behind can hold the pipe open for ever.
  ///
  /// - Parameters:
  ///   - seconds: How often to pause, however much there is to read.
  ///   - onLine: Called with each line; a last one without its line end counts.
  ///   - onPause: Called at each pause.
  func readLines(
    pausingEvery seconds: Double, onLine: (String) -> Void, onPause: () -> Void
  ) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var pause = monotonicSeconds() + seconds
    while true {
      let now = monotonicSeconds()
      if now >= pause {
        onPause()
        pause = now + seconds
      }
      var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let found = poll(&ready, 1, Int32(seconds * 1000))
      if found == 0, hasEnded { break }
      guard found > 0 else { continue }
      let count = read(output, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        onLine(String(decoding: pending[..<end], as: UTF8.self))
        pending.removeSubrange(...end)
      }
    }
    if !pending.isEmpty { onLine(String(decoding: pending, as: UTF8.self)) }
    close(output)
  }

  /// Whether the process has ended; its number stays taken until it is reaped.
  private var hasEnded: Bool {
    var information = siginfo_t()
    let code = waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT | WNOHANG)
    return code == 0 && information.si_signo == SIGCHLD
  }

  /// Waits until the process has ended; its number stays taken until it is reaped.
  func waitForEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  }

  /// Takes leave of the process, which must have ended.
  func reap() -> JobReport {
    var status: Int32 = 0
    var usage = rusage()
    while true {
      if wait4(process, &status, 0, &usage) >= 0 { break }
      if errno != EINTR {
        let reason = "its end cannot be learned: \(String(cString: strerror(errno)))"
        return JobReport(end: .lost(reason), cpuSeconds: 0, peakBytes: 0)
      }
    }
    let signal = status & 0x7f
    return JobReport(
      end: signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal),
      cpuSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
      peakBytes: usage.ru_maxrss * 1024)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}

extension ChildProcess {
  /// `setpriv` asks the system to kill the child with the thread that started it, and then becomes the
  /// child: the one mechanism for the death of the runner.
  private static func commandLine(_ request: JobRequest) -> [String] {
    let command = [request.executable] + request.arguments
    let helper = "/usr/bin/setpriv"
    return access(helper, X_OK) == 0 ? [helper, "--pdeathsig", "KILL", "--"] + command : command
  }

  private static func spawn(
    _ request: JobRequest
  ) throws(ExecutionError) -> (process: pid_t, output: Int32) {
    func failure(_ code: Int32) -> ExecutionError {
      ExecutionError(executable: request.executable, reason: reason(code))
    }
    guard access(request.executable, X_OK) == 0 else { throw failure(errno) }
    var pipes: [Int32] = [-1, -1]
    guard pipe(&pipes) == 0 else { throw failure(errno) }
    defer { close(pipes[1]) }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    if let log = request.errorLog {
      posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_APPEND | O_CREAT, 0o666)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let variables = request.environment.sorted { $0.key < $1.key }.map {
      strdup("\($0.key)=\($0.value)")
    }
    defer { for variable in variables { free(variable) } }
    let line = commandLine(request)
    let words = line.map { strdup($0) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(
      &process, line[0], &actions, &attributes, words + [nil], variables + [nil])
    guard code == 0 else {
      close(pipes[0])
      throw failure(code)
    }
    return (process, pipes[0])
  }

  /// What is in the way, and what to do about it.
  private static func reason(_ code: Int32) -> String {
    let advice =
      switch code {
      case ENOENT, EACCES: "build it with make build"
      case EAGAIN, ENOMEM:
        "give the run more memory or processes (ulimit -v, ulimit -u), or fewer --jobs"
      case EMFILE, ENFILE: "allow more open files (ulimit -n), or fewer --jobs"
      default: "check that it runs by itself"
      }
    return "\(String(cString: strerror(code))); \(advice)"
  }
}
