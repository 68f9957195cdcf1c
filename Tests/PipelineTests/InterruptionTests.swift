import Foundation
import Testing

@Suite struct InterruptionTests {
  /// Waits in `train` until the file `go` exists, beating all the while.
  private static let beating = """
    echo "checkpoint" > "$scratch/checkpoint"
    while [ ! -f "$control/go" ]; do
      echo beat >> "$control/beats"
      sleep 0.02
    done
    """

  @Test func `a killed run leaves no orphan and no lock, and the next one goes on`() throws {
    let space = try TestSpace()
    try space.hook("train", Self.beating)
    let process = try space.begin(["run", "--profile", "tiny"])
    try TestSpace.wait("the stage to beat") { space.exists("beats") }
    kill(process.processIdentifier, SIGKILL)
    #expect(space.finish(process).code == 128 + SIGKILL)
    // The shell dies with the runner; its last sleep of 20 ms may still end.
    usleep(300_000)
    let beats = space.read("beats")
    usleep(300_000)
    #expect(space.read("beats") == beats)

    let status = try space.call("status", "--profile", "tiny")
    #expect(status.output.contains("profile tiny: 1 cached, 1 waiting, 1 interrupted"))

    try space.write("go", "")
    try space.hook("train", #"cp "$scratch/checkpoint" "$control/seen""#)
    let next = try space.call("run", "--profile", "tiny")
    #expect(next.code == 0)
    #expect(next.lines.contains("prepare: cached"))
    #expect(
      next.lines.contains("train[a,1]: runs, no earlier result; goes on from its last checkpoint"))
    #expect(space.read("seen") == "checkpoint\n")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal reaches the stages, which save, and the state can go on`(signal: Int32) throws {
    let space = try TestSpace()
    let name = signal == SIGINT ? "INT" : "TERM"
    try space.hook(
      "train",
      """
      trap 'echo saved > "$scratch/checkpoint"; exit \(128 + signal)' \(name)
      touch "$control/ready"
      while true; do sleep 0.02; done
      """)
    let process = try space.begin(["run", "--profile", "tiny"])
    try TestSpace.wait("the stage to start") { space.exists("ready") }
    kill(process.processIdentifier, signal)
    let outcome = space.finish(process)
    #expect(outcome.code == 128 + signal)
    #expect(
      outcome.lines.contains("train[a,1]: interrupted, can go on from its last checkpoint"))
    #expect(outcome.lines.last?.hasPrefix("3 stages: 1 ran, 1 interrupted, 1 skipped (") == true)
    #expect(try space.files("artifacts/work").map { space.read($0) } == ["saved\n"])
  }

  @Test func `a stage that ignores the signal is killed after the grace time`() throws {
    let space = try TestSpace()
    try space.hook(
      "train",
      """
      trap '' TERM
      touch "$control/ready"
      while true; do sleep 0.02; done
      """)
    let process = try space.begin(["run", "--profile", "tiny", "--grace", "0.3"])
    try TestSpace.wait("the stage to start") { space.exists("ready") }
    kill(process.processIdentifier, SIGTERM)
    #expect(space.finish(process).code == 128 + SIGTERM)
  }

  @Test func `what a killed stage had half written is not taken for its output`() throws {
    let space = try TestSpace()
    try space.hook(
      "train",
      """
      for output in $outputs; do echo half > "$output"; done
      \(Self.beating)
      """)
    let process = try space.begin(["run", "--profile", "tiny"])
    try TestSpace.wait("the stage to beat") { space.exists("beats") }
    kill(process.processIdentifier, SIGKILL)
    #expect(space.finish(process).code == 128 + SIGKILL)
    #expect(try space.files("artifacts/work").contains { space.read($0) == "half\n" })
    try space.hook("train", #"for output in $outputs; do [ ! -e "$output" ] || exit 9; done"#)
    #expect(try space.call("run", "--profile", "tiny").code == 0)
    #expect(!space.read("artifacts/tiny/train/a-1/model.txt").contains("half"))
  }

  @Test func `a second run ends at once and names the holder of the lock`() throws {
    let space = try TestSpace()
    try space.hook("train", Self.beating)
    let process = try space.begin(["run", "--profile", "tiny"])
    try TestSpace.wait("the stage to beat") { space.exists("beats") }
    let second = try space.call("run")
    #expect(second.code == 75)
    #expect(
      second.errors.hasPrefix(
        "llama4rec: another run holds artifacts/lock: process \(process.processIdentifier), "
          + "started "))
    #expect(
      second.errors.hasSuffix(
        ", profile tiny; wait for it to end, or stop it and run again\n"))
    let status = try space.call("status", "--profile", "tiny")
    #expect(status.output.contains("profile tiny: 1 cached, 1 running, 1 waiting; process "))
    try space.write("go", "")
    #expect(space.finish(process).code == 0)
  }
}
