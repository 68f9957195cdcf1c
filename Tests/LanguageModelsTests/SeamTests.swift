import Foundation
import Testing

/// The seam: whoever asks, trains or ranks knows a protocol, never the model behind it.
@Suite struct SeamTests {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func swiftFiles(in folder: String) throws -> [String] {
    let root = Self.repository.appending(path: folder).path
    return try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
  }

  @Test(arguments: [
    // The title Llama, and the decoder that it shares with checkpoints.
    ("Sources/LanguageModels/Llama/", ["EmbeddedLanguageModel"]),
    ("Sources/LanguageModels/", ["LlamaModel", "LlamaTrainer", "LlamaPass", "LlamaTree"]),
  ])
  func `no stage and no library outside their own folder names a model's types`(
    own: String, hidden: [String]
  ) throws {
    let files = try swiftFiles(in: "Sources") + swiftFiles(in: "stages")
    #expect(files.count { $0.hasPrefix(own) } > 5 && files.count > 150)
    for file in files where !file.hasPrefix(own) {
      let text = try String(contentsOf: Self.repository.appending(path: file), encoding: .utf8)
      for name in hidden { #expect(!text.contains(name), "\(file) names \(name)") }
    }
  }
}
