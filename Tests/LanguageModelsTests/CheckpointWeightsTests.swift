import Foundation
import Foundations
import LanguageModels
import Tensors
import Testing

/// Weights and shapes of checkpoints; references by scripts/parity/fixtures.py.
@Suite struct CheckpointWeightsTests {
  /// A `config.json` of the fixtures' shape, with changes.
  private func configuration(_ changes: [String: String] = [:]) throws -> LlamaConfiguration {
    var members = [
      "model_type": "\"llama\"", "vocab_size": "12", "hidden_size": "256",
      "intermediate_size": "8", "num_hidden_layers": "1", "num_attention_heads": "4",
      "num_key_value_heads": "2", "head_dim": "4", "rms_norm_eps": "1e-5",
      "rope_theta": "500000.0", "max_position_embeddings": "64",
    ]
    members.merge(changes) { $1 }
    return try withFolder { folder in
      let text = members.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
      try write(Array("{\(text)}".utf8), to: "\(folder)/config.json")
      return try LlamaConfiguration(configurationAt: "\(folder)/config.json")
    }
  }

  @Test func `every type of tensor gives the numbers of the gguf package in every bit`() throws {
    let found = try StoredWeights(gguf: try fixture("quantized.gguf"))
    let expected = try StoredWeights(safetensors: try fixture("quantized.safetensors"))
    let shape = try LlamaConfiguration(gguf: try fixture("quantized.gguf"))
    #expect(found.names == expected.names)
    #expect(Set(shape.tensors.map(\.name)) == Set(expected.names))
    for (name, rows, columns) in shape.tensors {
      let (a, b) = (
        try found.matrix(name, rows: rows, columns: columns),
        try expected.matrix(name, rows: rows, columns: columns)
      )
      #expect(a == b, "\(name)")
      #expect(b.values.contains { $0 != 0 }, "\(name)")
    }
  }

  private static let llama3 =
    #"{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "#
    + #""original_max_position_embeddings": 8192"#

  @Test func `GGUF metadata and config.json say the same shape`() throws {
    #expect(
      try LlamaConfiguration(gguf: try fixture("quantized.gguf"))
        == (try configuration(["rope_scaling": Self.llama3 + "}"])))
  }

  @Test func `a checkpoint opens as a whole`() throws {
    let checkpoint = try Checkpoint(at: try fixture("quantized.gguf"))
    #expect(checkpoint.configuration.headSize == 4)
    #expect(checkpoint.chatFormat.kind == .plain)
    #expect(checkpoint.tokenizer.encode("w0") == [0, 1])
  }

  @Test func `half precision in safetensors is read, other types are refused by name`() throws {
    try withFolder { folder in
      let path = "\(folder)/model.safetensors"
      // The upper byte alone makes a number and its negative.
      for (type, high, value) in [("F16", UInt8(0x3E), Float(1.5)), ("BF16", 0x3F, 0.5)] {
        try write(safetensors(type, data: [0, high, 0, high | 0x80]), to: path)
        let matrix = try StoredWeights(huggingFaceFolder: folder).matrix(
          "x", rows: 1, columns: 2)
        #expect(matrix.values == [value, -value])
      }
      try write(safetensors("I16", data: [0, 0, 0, 0]), to: path)
      #expect { try StoredWeights(safetensors: path) } throws: { "\($0)".contains("dtype I16") }
    }
  }

  /// A safetensors file with one vector x of two numbers.
  private func safetensors(_ type: String, data: [UInt8]) -> [UInt8] {
    let header = Array(
      "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[2],\"data_offsets\":[0,\(data.count)]}}".utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
  }

  @Test func `a missing tensor, another shape and an infinity are refused`() throws {
    let path = try fixture("quantized.safetensors")
    let weights = try StoredWeights(safetensors: path)
    #expect { try weights.matrix("nothing", rows: 1, columns: 1) } throws: {
      "\($0)".contains("found no tensor nothing")
    }
    #expect { try weights.matrix("lm_head.weight", rows: 256, columns: 12) } throws: {
      "\($0)".contains("found shape [12, 256], expected [256, 12]")
    }
    try withFolder { folder in
      try write(safetensors("F16", data: [0, 0x7C, 0, 0]), to: "\(folder)/x.safetensors")
      let weights = try StoredWeights(safetensors: "\(folder)/x.safetensors")
      #expect { try weights.matrix("x", rows: 1, columns: 2) } throws: {
        "\($0)".contains("infinity")
      }
    }
  }

  @Test func `shards are found through their index, and nothing outside of the folder is`() throws {
    try withFolder { folder in
      let index = "\(folder)/model.safetensors.index.json"
      try write(safetensors("F16", data: [0, 0x3C, 0, 0]), to: "\(folder)/a.safetensors")
      try write(Array(#"{"weight_map": {"x": "a.safetensors"}}"#.utf8), to: index)
      let weights = try StoredWeights(huggingFaceFolder: folder)
      #expect(try weights.matrix("x", rows: 1, columns: 2).values == [1, 0])
      for (file, message) in [
        ("../a.safetensors", "beside it"), ("b.safetensors", "no such file"),
        ("a.bin", "beside it"),
      ] {
        try write(Array(#"{"weight_map": {"x": "\#(file)"}}"#.utf8), to: index)
        #expect { try StoredWeights(huggingFaceFolder: folder) } throws: {
          "\($0)".contains(message)
        }
      }
      try write(Array(#"{"weight_map": {"y": "a.safetensors"}}"#.utf8), to: index)
      #expect { try StoredWeights(huggingFaceFolder: folder) } throws: {
        "\($0)".contains("found no tensor y")
      }
    }
  }

  @Test(arguments: [
    ("model_type", "\"qwen2\"", "model_type 'qwen2' is not supported"),
    ("hidden_act", "\"gelu\"", "hidden_act 'gelu'"),
    ("rope_scaling", #"{"rope_type": "yarn", "factor": 2}"#, "type 'yarn'"),
    ("quantization_config", #"{"bits": 4}"#, "quantised folder"),
    ("partial_rotary_factor", "0.5", "partial_rotary_factor"),
    ("num_attention_heads", "0", "heads 0"),
    ("num_key_value_heads", "3", "4 heads over 3"),
    ("hidden_size", "9e15", "width 9000000000000000"),
    ("hidden_size", "\"wide\"", "hidden_size: found 'wide', expected a whole number"),
    ("head_dim", "3", "head width 3"),
    ("vocab_size", "-1", "vocabulary -1"),
    ("rms_norm_eps", "0", "epsilon 0"),
    ("eos_token_id", "12", "token 12"),
  ])
  func `what is not computed is refused by name`(
    key: String, value: String, message: String
  ) throws {
    #expect { try configuration([key: value]) } throws: { "\($0)".contains(message) }
  }

  @Test func `rotary scaling is read from either place, and biases and ends as they are`() throws {
    let scaling = LlamaConfiguration.RopeScaling.llama3(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 8192)
    #expect(try configuration(["rope_scaling": Self.llama3 + "}"]).ropeScaling == scaling)
    let new = try configuration(["rope_parameters": Self.llama3 + #", "rope_theta": 7.0}"#])
    #expect(new.ropeScaling == scaling)
    #expect(new.ropeTheta == 7)
    #expect(try configuration(["rope_scaling": "null"]).ropeScaling == nil)
    let other = try configuration([
      "eos_token_id": "[3, 4]", "bos_token_id": "1", "attention_bias": "true",
      "tie_word_embeddings": "true",
    ])
    #expect(other.endTokens == [3, 4])
    #expect(other.startToken == 1)
    #expect(other.attentionBias && other.tiesEmbeddings)
    #expect(other.tensors.map(\.name).contains("model.layers.0.self_attn.o_proj.bias"))
    #expect(!other.tensors.map(\.name).contains("lm_head.weight"))
  }

  @Test func `Llama 3.1's frequencies are those of Transformers`() throws {
    // ROPE_INIT_FUNCTIONS["llama3"] with theta 500000, head_dim 16, factor 8, context 8192.
    let shape = try configuration(["head_dim": "16", "rope_scaling": Self.llama3 + "}"])
    let expected = [
      1.0, 0.193922758, 0.0376060307, 0.00729266508, 0.000524846022, 3.42810235e-05, 6.64786967e-06,
      1.28917316e-06,
    ]
    #expect(shape.inverseFrequencies.count == expected.count)
    for (a, b) in zip(shape.inverseFrequencies, expected) { #expect(abs(a / b - 1) < 1e-6) }
  }

  // MARK: Hostile bytes

  /// Everything that reads the file, to the last number.
  private func readAll(gguf path: String) throws {
    let weights = try StoredWeights(gguf: path)
    for name in weights.names {
      let shape = weights.shape(of: name) ?? []
      guard shape.count == 1 || shape.count == 2, shape.allSatisfy({ $0 < 1 << 20 }) else {
        continue
      }
      _ = try weights.matrix(
        name, rows: shape.count == 1 ? 1 : shape[0], columns: shape[shape.count - 1])
    }
    _ = try BytePairTokenizer(gguf: path).encode("w0 w1")
    _ = try Checkpoint(at: path)
  }

  @Test func `damaged GGUF files throw and never trap`() throws {
    let intact = try bytes(of: try fixture("quantized.gguf"))
    var random = SeededRandom(seed: 5)
    var refused = 0
    try withFolder { folder in
      let path = "\(folder)/damaged.gguf"
      func check(_ bytes: [UInt8]) throws {
        try write(bytes, to: path)
        do { try readAll(gguf: path) } catch { refused += 1 }
      }
      for length in stride(from: 0, to: 2400, by: 17) { try check(Array(intact[..<length])) }
      // The header is what lengths, counts, types and offsets are in.
      for _ in 0..<800 {
        var damaged = intact
        for _ in 0...random.below(3) {
          let place = random.below(2400)
          let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(random.below(256))]
          damaged[place] = extremes[random.below(extremes.count)]
        }
        try check(damaged)
      }
      // Whole counts and offsets at the edges of integers.
      for place in stride(from: 8, to: 2400, by: 13) {
        for value: UInt64 in [.max, 1 << 63, (1 << 63) - 1, 1 << 40, 1 << 31] {
          var damaged = intact
          withUnsafeBytes(of: value.littleEndian) {
            damaged.replaceSubrange(place..<place + 8, with: $0)
          }
          try check(damaged)
        }
      }
    }
    #expect(refused > 900)
  }

  @Test func `damaged safetensors files throw and never trap`() throws {
    let intact = try bytes(of: try fixture("quantized.safetensors"))
    var random = SeededRandom(seed: 6)
    var refused = 0
    try withFolder { folder in
      let path = "\(folder)/damaged.safetensors"
      for round in 0..<600 {
        var damaged = round < 100 ? Array(intact[..<(round * 13)]) : intact
        if round >= 100 {
          for _ in 0...random.below(2) { damaged[random.below(1200)] = UInt8(random.below(256)) }
        }
        try write(damaged, to: path)
        do {
          let weights = try StoredWeights(safetensors: path)
          _ = try weights.matrix("lm_head.weight", rows: 12, columns: 256)
        } catch { refused += 1 }
      }
    }
    #expect(refused > 300)
  }

  // MARK: Writing

  @Test func `a written folder reads back, its tokenizer made from GGUF or passed through`() throws
  {
    let source = try Checkpoint(at: try fixture("quantized.gguf"))
    var weights: [String: Matrix] = [:]
    for (name, rows, columns) in source.configuration.tensors {
      weights[name] = try source.weights.matrix(name, rows: rows, columns: columns)
    }
    try withFolder { folder in
      let (first, second) = ("\(folder)/first", "\(folder)/second")
      try writeHuggingFaceFolder(
        first, configuration: source.configuration, weights: weights, tokenizerFrom: source)
      let copy = try Checkpoint(at: first)
      #expect(copy.configuration == source.configuration)
      #expect(copy.tokenizer.encode("w0w 1") == source.tokenizer.encode("w0w 1"))
      for (name, rows, columns) in source.configuration.tensors {
        #expect(try copy.weights.matrix(name, rows: rows, columns: columns) == weights[name])
      }
      try writeHuggingFaceFolder(
        second, configuration: source.configuration, weights: weights, tokenizerFrom: copy)
      for file in ["tokenizer.json", "tokenizer_config.json", "model.safetensors", "config.json"] {
        #expect(try bytes(of: "\(first)/\(file)") == bytes(of: "\(second)/\(file)"), "\(file)")
      }
    }
  }

  @Test func `an adapter has PEFT's names and shapes`() throws {
    try withFolder { folder in
      let a = Matrix(rows: 1, columns: 3, values: [1, 2, 3])
      let b = Matrix(rows: 2, columns: 1, values: [4, 5])
      try writeAdapter(
        folder, AdapterDescription(rank: 1, alpha: 2, dropout: 0, base: "base"),
        layers: ["model.layers.0.self_attn.q_proj": (a, b)])
      let weights = try StoredWeights(safetensors: "\(folder)/adapter_model.safetensors")
      let prefix = "base_model.model.model.layers.0.self_attn.q_proj"
      #expect(weights.names == ["\(prefix).lora_A.weight", "\(prefix).lora_B.weight"])
      #expect(weights.shape(of: "\(prefix).lora_A.weight") == [1, 3])
      #expect(try weights.matrix("\(prefix).lora_B.weight", rows: 2, columns: 1) == b)
      let text = try String(contentsOfFile: "\(folder)/adapter_config.json", encoding: .utf8)
      #expect(text.contains(#""target_modules": ["q_proj"]"#))
    }
  }
}
