import Artifacts
import Foundation
import LanguageModels
import Tensors
import Testing

@Suite struct ArtifactTests {
  private func makeModel() -> EmbeddedLanguageModel {
    let tokenizer = CatalogueTokenizer(
      training: ["drama drama", "Étoile Étoile"], merges: 4, words: [" 4", "history"],
      titleCount: 5)
    return EmbeddedLanguageModel(
      model: tinyModel(tokenizer), tokenizer: tokenizer, identity: "written")
  }

  @Test func `a written model comes back with the same tokens and scores`() async throws {
    let model = makeModel()
    let path = NSTemporaryDirectory() + "language-model-\(UUID()).safetensors.zst"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.artifact().write(to: path)
    let artifact = try Artifact(contentsOf: path, schema: "language-model")
    let read = try EmbeddedLanguageModel(artifact: artifact, identity: "read")
    #expect(read.identity == "read")
    #expect(read.tokenizer == model.tokenizer)
    #expect(read.configuration == model.configuration)
    #expect(read.weights == model.weights)
    let query = ScoringQuery(
      prompt: .text("history") + .items(2, 4), branches: [.init(answers: [.text("drama")])])
    let scores = try await model.score([query])
    #expect(try await read.score([query]) == scores)
    #expect(try artifact.shape(of: "model.norm.weight") == [16])
    #expect(try artifact.shape(of: "model.layers.0.self_attn.k_proj.weight") == [8, 16])
  }

  @Test(arguments: [
    Damage("no config in the metadata") { $0.metadata["config"] = nil },
    Damage("config in the metadata is damaged") { $0.metadata["config"]?.removeLast() },
    Damage("config in the metadata is damaged") { $0.metadata["config"] = "{}" },
    Damage("3 heads over 2 do not divide the width 16 evenly") {
      $0.metadata["config"]?.replace("\"num_attention_heads\":4", with: "\"num_attention_heads\":3")
    },
    Damage("a size is below 1") {
      $0.metadata["config"]?.replace("\"num_attention_heads\":4", with: "\"num_attention_heads\":0")
    },
    Damage("the tokenizer does not fit 269 tokens") {
      $0.set("tokenizer.words", text: ["a", "b", "c", "d", "e", "f", "g", "h"])
    },
    Damage("the tokenizer does not fit 269 tokens") {
      $0.set("tokenizer.merges", int32s: [97, 256], shape: [1, 2])
    },
    Damage("the tokenizer does not fit 269 tokens") {
      $0.set("tokenizer.merges", int32s: [97, 98, 99])
    },
    Damage("model.norm.weight has shape [15], expected [1, 16]") {
      $0.set("model.norm.weight", floats: [Float](repeating: 1, count: 15))
    },
    Damage("model.layers.1.self_attn.k_proj.weight has shape [16, 8], expected [8, 16]") {
      let name = "model.layers.1.self_attn.k_proj.weight"
      $0.set(name, floats: [Float](repeating: 1, count: 128), shape: [16, 8])
    },
  ])
  func `what does not fit is refused`(damage: Damage) throws {
    var artifact = try makeModel().artifact()
    damage.apply(&artifact)
    #expect(throws: LanguageModelArtifactError(damage.problem)) {
      try EmbeddedLanguageModel(artifact: artifact, identity: "")
    }
  }

  @Test(arguments: ["tokenizer.merges", "tokenizer.words", "model.layers.1.mlp.up_proj.weight"])
  func `a missing column is refused`(name: String) throws {
    var artifact = try makeModel().artifact()
    artifact.remove(name)
    let error = try #require(throws: ArtifactError.self) {
      try EmbeddedLanguageModel(artifact: artifact, identity: "")
    }
    #expect(
      error.problem == .missingColumn(name: name, columns: artifact.columnNames))
  }

  @Test func `the error says what to do`() {
    #expect(
      LanguageModelArtifactError("no config in the metadata").description
        == "language model: no config in the metadata; run the stage that wrote it again")
  }
}

/// One damage to a sound artifact and what the reader says of it.
struct Damage: Sendable, CustomTestStringConvertible {
  let problem: String
  let apply: @Sendable (inout Artifact) -> Void
  var testDescription: String { problem }

  init(_ problem: String, _ apply: @escaping @Sendable (inout Artifact) -> Void) {
    self.problem = problem
    self.apply = apply
  }
}
