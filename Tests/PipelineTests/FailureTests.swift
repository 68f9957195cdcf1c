import Foundation
import Testing

@Suite struct FailureTests {
  private static let failing = """
    case "$parameters" in
      *'"seed":1'*)
        echo '{"event":"error","message":"ratings.dat:3: found 7, expected 1 to 5"}'
        echo "last words" >&2
        exit CODE ;;
    esac
    """

  private func space(code: Int32) throws -> TestSpace {
    let space = try TestSpace()
    try space.hook("train", Self.failing.replacingOccurrences(of: "CODE", with: "\(code)"))
    return space
  }

  @Test func `a failure shows the stage's own error once, and the log`() throws {
    let space = try space(code: 1)
    let outcome = try space.call("run", "--set", "models=a", "--seeds", "1")
    #expect(outcome.code == 1)
    #expect(
      outcome.lines.contains(
        "train[a,1]: failed (exit code 1): ratings.dat:3: found 7, expected 1 to 5"))
    #expect(outcome.output.ranges(of: "found 7, expected 1 to 5").count == 1)
    let log = try #require(outcome.lines.first { $0.hasPrefix("  log: ") }).dropFirst(7)
    #expect(space.read(String(log)).contains("last words"))
    #expect(outcome.lines.last?.hasPrefix("3 stages: 1 ran, 1 failed, 1 skipped (") == true)
    let status = try space.call("status", "--set", "models=a", "--seeds", "1")
    #expect(
      status.output.contains(
        "runs, no earlier result; failed: ratings.dat:3: found 7, expected 1 to 5"))
  }

  @Test func `a crash shows its cause in one line`() throws {
    let space = try TestSpace()
    try space.hook(
      "train",
      """
      echo "Model/Train.swift:3: Fatal error: index out of range" >&2
      kill -ILL $$
      """)
    let outcome = try space.call("run", "--set", "models=a", "--seeds", "1")
    #expect(outcome.code == 1)
    #expect(
      outcome.lines.contains("train[a,1]: failed (exit code 132): Fatal error: index out of range"))
  }

  @Test func `two jobs run side by side`() throws {
    let space = try TestSpace()
    // Each of the two waits for the other, so with one job this would never end well.
    try space.hook(
      "train",
      """
      touch "$control/arrived.$$"
      tries=0
      while [ "$(ls "$control" | grep -c '^arrived')" -lt 2 ]; do
        tries=$((tries + 1))
        if [ $tries -gt 1500 ]; then exit 1; fi
        sleep 0.02
      done
      """)
    #expect(try space.call("run", "--jobs", "2", "--set", "models=a").code == 0)
  }

}
