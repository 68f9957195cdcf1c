import Foundation

/// The server of `faults.py`, ended with the object.
public final class FaultyServer {
  public let url: String
  private let process: Process
  private let log: URL

  /// A request that the server saw.
  public struct Request: Equatable {
    /// The fault, or `answered`.
    public var outcome: String
    /// The prompt, as JSON.
    public var prompt: String
  }

  /// Starts a server whose first answer requests meet these faults.
  ///
  /// Throws what starting a process throws.
  public convenience init(_ faults: String...) throws { try self.init(faults) }

  /// As `init(_:)`.
  public init(_ faults: [String]) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "faults.py")
    log = FileManager.default.temporaryDirectory.appending(path: "faults-\(UUID().uuidString)")
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path, log.path] + faults
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    url = "http://127.0.0.1:\(line.prefix { $0.isNumber })/v1"
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(at: log)
  }

  /// Ends the server.
  public func stop() {
    // The test's processes inherit a mask that holds SIGTERM back.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// What was asked for, in the order in which it came.
  public var requests: [Request] {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      return Request(outcome: parts[0], prompt: parts[1])
    }
  }

  /// The prompts that it answered.
  public var answered: [String] {
    requests.filter { ["answered", "slow"].contains($0.outcome) }.map(\.prompt)
  }
}
