import Artifacts
import Foundation
import Foundations
import Glibc
import Synchronization

/// Runs one executable to its end: own process group, standard output by lines, resource usage.
///
/// Written on `posix_spawn` and `wait4`, because only `wait4` tells what the child itself used.
struct ChildProcess: Sendable {
  enum End: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)

    /// The exit code as a shell would report it.
    var code: Int32 {
      switch self {
      case .exited(let code): code
      case .killed(let signal): 128 + signal
      }
    }
  }

  struct Report: Sendable, Equatable {
    var end: End
    var cpuSeconds: Double
    var peakBytes: Int
  }

  var executable: String
  var arguments: [String]
  /// Standard error goes to this open file.
  var standardError: Int32

  // Pipe and child are made under one lock, so that no other child inherits this pipe.
  private static let spawning = Mutex(())

  /// Runs the executable; returns when it has ended and closed its output.
  ///
  /// The calling thread must live until then: on Linux the child is killed with the thread that
  /// started it, so that a runner that dies leaves no stage behind.
  /// - Parameters:
  ///   - onStart: Called with the process id, which is also that of the process group.
  ///   - onLine: Called with each line of standard output.
  /// - Returns: How it ended and what it used.
  /// - Throws: `FileError` where the executable cannot be started.
  func run(onStart: (pid_t) -> Void, onLine: (String) -> Void) throws -> Report {
    let (process, output) = try Self.spawning.withLock { _ in try spawn() }
    onStart(process)
    Self.readLines(output, onLine)
    close(output)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return Report(
      end: signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal),
      cpuSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
      peakBytes: usage.ru_maxrss * 1024)
  }

  /// `setpriv` asks the system to kill the child with the thread that started it, and then becomes the
  /// child: the one mechanism for the death of the runner.
  private var commandLine: [String] {
    let helper = "/usr/bin/setpriv"
    guard access(helper, X_OK) == 0 else { return [executable] + arguments }
    return [helper, "--pdeathsig", "KILL", "--", executable] + arguments
  }

  private func spawn() throws -> (process: pid_t, output: Int32) {
    guard access(executable, X_OK) == 0 else { throw failure(errno) }
    var pipes: [Int32] = [-1, -1]
    guard pipe(&pipes) == 0 else { throw failure(errno) }
    defer { close(pipes[1]) }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    posix_spawn_file_actions_adddup2(&actions, standardError, 2)

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

    // A crash is told in one line; registers and stacks of an optimised build help nobody.
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = environment["SWIFT_BACKTRACE"] ?? "enable=no"
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for variable in variables { free(variable) } }
    let words = commandLine.map { strdup($0) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(
      &process, commandLine[0], &actions, &attributes, words + [nil], variables + [nil])
    guard code == 0 else {
      close(pipes[0])
      throw failure(code)
    }
    return (process, pipes[0])
  }

  private func failure(_ code: Int32) -> FileError {
    FileError(
      path: executable, operation: "run",
      problem: code == ENOENT ? .missing : .system(code: code))
  }

  private static func readLines(_ file: Int32, _ onLine: (String) -> Void) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        onLine(String(decoding: pending[..<end], as: UTF8.self))
        pending.removeSubrange(...end)
      }
    }
    if !pending.isEmpty { onLine(String(decoding: pending, as: UTF8.self)) }
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}
