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

  @Test func `no stage and no library outside its own folder names the title Llama's types`()
    throws
  {
    let own = "Sources/LanguageModels/Llama/"
    let hidden = ["EmbeddedLanguageModel", "LlamaModel", "LlamaTrainer", "LlamaPass"]
    let files = try swiftFiles(in: "Sources") + swiftFiles(in: "stages")
    #expect(files.count { $0.hasPrefix(own) } > 5 && files.count > 150)
    for file in files where !file.hasPrefix(own) {
      let text = try String(contentsOf: Self.repository.appending(path: file), encoding: .utf8)
      for name in hidden { #expect(!text.contains(name), "\(file) names \(name)") }
    }
  }
}
