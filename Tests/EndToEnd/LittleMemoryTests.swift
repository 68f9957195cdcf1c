import Foundation
import Testing

/// Real stages that have too little memory end with a message, in whatever library it is that they lack it.
@Suite struct LittleMemoryTests {
  @Test(arguments: (2...10).map { $0 * 50_000 })
  func `a demo in so many KiB of address space ends, and says why it failed`(limit: Int) throws {
    let workspace = try Workspace()
    let command = try #require(Workspace.executables).appending(path: "llama4rec")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      [
        "-c",
        "ulimit -v \(limit); exec timeout -s KILL 240 \"$@\" > little.out 2>&1", "sh", command.path,
        "run", "--until", "train-backbone", "--set", "backbones=mf",
      ] + Workspace.small
    process.currentDirectoryURL = workspace.folder
    try process.run()
    process.waitUntilExit()
    let output = workspace.read("little.out")
    #expect(process.terminationStatus != 128 + SIGKILL, "\(limit) KiB: \(output)")
    #expect(process.terminationStatus == 0 || !output.isEmpty, "\(limit) KiB")
  }
}
