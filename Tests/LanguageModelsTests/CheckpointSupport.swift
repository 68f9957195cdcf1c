import Foundation
import LanguageModels
import TestSupport
import Testing

/// The folder with what scripts/parity/fixtures.py wrote.
func fixture(_ name: String) throws -> String {
  let folder = try #require(
    Bundle.module.url(forResource: "checkpoints", withExtension: nil, subdirectory: "Fixtures"))
  return folder.appendingPathComponent(name).path
}

/// Runs a closure on a folder of its own, which is removed afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("checkpoint-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func bytes(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// A small random checkpoint with the tokenizer and the format of SmolLM2, written into a folder.
func tinyCheckpoint(
  in folder: String, contextLength: Int = 256, seed: UInt64 = 3
) throws -> Checkpoint {
  _ = oneThread
  try writeTinyCheckpoint(to: folder, contextLength: contextLength, seed: seed)
  return try Checkpoint(at: folder)
}
