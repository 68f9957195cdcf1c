import Artifacts
import Foundation

/// A folder that lives as long as the test that asked for it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/artifacts-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

/// Writes bytes as they are, to a new file: some file systems sync a file that is overwritten.
func put(_ bytes: [UInt8], at path: String) throws {
  unlink(path)
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// A safetensors file from its header text and data, compressed.
func container(_ header: String, data: [UInt8] = []) -> [UInt8] {
  Zstd.compress(safetensors(Array(header.utf8), data))
}

func safetensors(_ header: [UInt8], _ data: [UInt8] = []) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
}

/// The smallest artifact that has a column of each kind.
func everyKind() -> Artifact {
  var artifact = Artifact(schema: "sample", version: 2, metadata: ["stage": "preprocess"])
  artifact.set(
    "scores", floats: [1.5, -0.25, 1.25e-38, -0.0, .greatestFiniteMagnitude, 7], shape: [2, 3])
  artifact.set("weights", doubles: [.pi, -1e300])
  artifact.set("items", int32s: [.min, -1, 0, .max])
  artifact.set("times", int64s: [.min, .max])
  artifact.set("flags", bytes: [0, 255, 128], shape: [3, 1])
  artifact.set("titles", text: ["", "Amélie", "a\"b\\c\n\u{0}", "", "日本 🎬", ""])
  return artifact
}

/// The outcome of a program.
struct Outcome {
  var status: Int32
  var output: String
}

/// Runs a program found on the search path and returns what it wrote to both streams.
func run(_ arguments: [String]) throws -> Outcome {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Outcome(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
}
