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
    Damage("metadata config: found nothing, expected the shape of a Llama as JSON") {
      $0.metadata["config"] = nil
    },
    Damage("expected the shape of a Llama as JSON") { $0.metadata["config"]?.removeLast() },
    Damage("hidden_size: found null, expected a whole number") { $0.metadata["config"] = "{}" },
    Damage("found 3 heads over the width 16, expected a divisor") {
      $0.metadata["config"]?.replace("\"num_attention_heads\":4", with: "\"num_attention_heads\":3")
    },
    Damage("found 0 heads over the width 16, expected a divisor") {
      $0.metadata["config"]?.replace("\"num_attention_heads\":4", with: "\"num_attention_heads\":0")
    },
    Damage("expected those of 269 tokens") {
      $0.set("tokenizer.words", text: ["a", "b", "c", "d", "e", "f", "g", "h"])
    },
    Damage("expected those of 269 tokens") {
      $0.set("tokenizer.merges", int32s: [97, 256], shape: [1, 2])
    },
    Damage("expected those of 269 tokens") {
      $0.set("tokenizer.merges", int32s: [97, 98, 99])
    },
    Damage("column model.norm.weight: found shape [15], expected [16]") {
      $0.set("model.norm.weight", floats: [Float](repeating: 1, count: 15))
    },
    Damage("column model.layers.1.self_attn.k_proj.weight: found shape [16, 8], expected [8, 16]") {
      let name = "model.layers.1.self_attn.k_proj.weight"
      $0.set(name, floats: [Float](repeating: 1, count: 128), shape: [16, 8])
    },
    Damage("column model.norm.weight, value 0: found 1e+10, expected") {
      $0.set("model.norm.weight", floats: [Float](repeating: 1e10, count: 16))
    },
    Damage("of 269 tokens, 7 of them titles") { $0.metadata["items"] = "7" },
  ])
  func `what does not fit is refused`(damage: Damage) throws {
    var artifact = try makeModel().artifact()
    damage.apply(&artifact)
    let error = try #require(throws: ArtifactError.self) {
      try EmbeddedLanguageModel(artifact: artifact, identity: "")
    }
    #expect("\(error)".contains(damage.problem), "\(error)")
  }

  @Test func `the shape is kept as nine keys of config.json, and others where they differ`() throws
  {
    let config = try #require(try makeModel().artifact().metadata["config"])
    #expect(
      config
        == #"{"hidden_size":16,"intermediate_size":24,"max_position_embeddings":64,"#
        + #""num_attention_heads":4,"num_hidden_layers":2,"num_key_value_heads":2,"#
        + #""rms_norm_eps":1e-05,"rope_theta":10000,"vocab_size":269}"#)
    let tokenizer = byteTokenizer(titles: 5)
    let other = EmbeddedLanguageModel(
      model: LlamaModel(
        configuration: LlamaConfiguration(
          vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, headSize: 6,
          ropeScaling: .linear(factor: 2), tiesEmbeddings: false, attentionBias: true,
          startToken: 3, endTokens: [4]), seed: 1),
      tokenizer: tokenizer, identity: "other")
    let read = try EmbeddedLanguageModel(artifact: try other.artifact(), identity: "read")
    #expect(read.configuration == other.configuration)
    #expect(read.weights == other.weights)
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
