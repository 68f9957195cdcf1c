import Foundation
import Testing

/// A run that has too little memory ends with a message and an exit code, wherever it is that it lacks it.
@Suite struct LittleMemoryTests {
  /// Runs the command with so much address space, in KiB; `timeout` kills what does not end by itself.
  private func run(_ space: TestSpace, limit: Int) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c",
      "ulimit -v \(limit); timeout -s KILL 60 bin/llama4rec run --jobs 4 > little.out 2>&1",
    ]
    process.currentDirectoryURL = space.folder
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, space.read("little.out"))
  }

  @Test(arguments: (3...16).map { $0 * 20_000 })
  func `a run in so many KiB ends, and says why it failed`(limit: Int) throws {
    let space = try TestSpace()
    let outcome = try run(space, limit: limit)
    #expect(outcome.code != 128 + SIGKILL, "\(limit) KiB: \(outcome.output)")
    #expect(outcome.code == 0 || !outcome.output.isEmpty, "\(limit) KiB")
  }

  @Test func `a run whose stages find no memory ends and names them`() throws {
    let space = try TestSpace()
    // The runner has room for itself, and none of its threads for another.
    try space.hook("train", "ulimit -v 1000; /bin/ls")
    let outcome = try space.call("run", "--profile", "tiny")
    #expect(outcome.code == 1)
    #expect(outcome.lines.contains { $0.hasPrefix("train[a,1]: failed (exit code ") })
  }
}
