import Foundation
import Pipeline
import Testing

/// The compiler of the toolchain, if it is in the PATH.
private let compiler: URL? = {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.map { URL(filePath: "\($0)/swiftc") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}()

@Suite struct CodeIdentityTests {
  private static func source(comment: String, local: String, factor: Int) -> String {
    """
    // \(comment)
    struct Model {
      var weights: [Float]
      /// \(comment)
      func score(_ x: [Float]) -> Float {
        var \(local): Float = 0
        for (w, v) in zip(weights, x) { \(local) += w * v * \(factor) }
        precondition(\(local).isFinite, "diverged")
        return \(local)
      }
    }
    print(Model(weights: [1, 2]).score([3, Float(CommandLine.arguments.count)]))
    """
  }

  /// The identity of a program compiled in a new folder.
  private func identity(
    comment: String = "a comment", local: String = "sum", factor: Int = 3, depth: Int = 1
  ) throws -> String {
    let root = FileManager.default.temporaryDirectory
      .appending(path: "identity-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = (0..<depth).reduce(root) { folder, _ in folder.appending(path: "deeper") }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = folder.appending(path: "main.swift")
    let text = Self.source(comment: comment, local: local, factor: factor)
    try Data(text.utf8).write(to: source)
    let process = Process()
    process.executableURL = compiler
    process.arguments = ["-O", "-g", source.path, "-o", folder.appending(path: "program").path]
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let bytes = try Data(contentsOf: folder.appending(path: "program"))
    return CodeIdentity.identity(of: Array(bytes))
  }

  @Test(.enabled(if: compiler != nil, "needs swiftc in the PATH"))
  func `folder, comments and local names do not matter, a real edit does`() throws {
    let reference = try identity()
    #expect(try identity(depth: 3) == reference)
    #expect(try identity(comment: "another, much longer comment", local: "total") == reference)
    #expect(try identity(factor: 4) != reference)
  }

  @Test func `a script is named by its bytes, and so is a file cut off after the ELF magic`() {
    #expect(
      CodeIdentity.identity(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let torn: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1] + [UInt8](repeating: 0xff, count: 80)
    #expect(CodeIdentity.identity(of: torn) != CodeIdentity.identity(of: Array(torn.dropLast())))
  }
}
