import Foundation
import Foundations
import LanguageModels
import Tensors
import Testing

/// What Fixtures/checkpoints/tokenizers.json holds; scripts/parity/fixtures.py wrote it with Hugging Face's
/// tokenizers and with SentencePiece.
private struct GoldenTokens: Decodable {
  struct Tokenizer: Decodable {
    let plain: [[Int32]]
    let markup: [[Int32]]
    let decoded: [String]
    let kept: [String]
  }

  let strings: [String]
  let sentencepiece: [[Int32]]
  let tokenizers: [String: Tokenizer]

  static func read() throws -> GoldenTokens {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("tokenizers.json")))
    return try JSONDecoder().decode(GoldenTokens.self, from: data)
  }
}

@Suite struct PretrainedTokenizerTests {
  private func tokenizer(_ name: String) throws -> BytePairTokenizer {
    try BytePairTokenizer(tokenizerAt: try fixture("\(name).tokenizer.json"))
  }

  @Test(arguments: ["gpt2", "smollm", "llama3", "llama2", "llama2-legacy"])
  func `every family gives the tokens and texts of Hugging Face`(name: String) throws {
    let golden = try GoldenTokens.read()
    let expected = try #require(golden.tokenizers[name])
    let tokenizer = try tokenizer(name)
    #expect(golden.strings.count == 200)
    for (index, text) in golden.strings.enumerated() {
      #expect(tokenizer.encode(text) == expected.plain[index], "\(text.debugDescription)")
      let tokens = tokenizer.prefix + tokenizer.encode(markup: text) + tokenizer.suffix
      #expect(tokens == expected.markup[index], "\(text.debugDescription)")
      let (decoded, kept) = (
        tokenizer.decode(tokens), tokenizer.decode(tokens, keepingControls: true)
      )
      // Bytes, because two strings are equal when they are canonically equivalent.
      #expect(Array(decoded.utf8) == Array(expected.decoded[index].utf8))
      #expect(Array(kept.utf8) == Array(expected.kept[index].utf8))
    }
  }

  @Test func `a SentencePiece vocabulary in GGUF gives the tokens of SentencePiece`() throws {
    let golden = try GoldenTokens.read()
    let tokenizer = try BytePairTokenizer(gguf: try fixture("sentencepiece.gguf"))
    #expect(tokenizer.prefix == [1])
    #expect(tokenizer.suffix == [])
    for (text, expected) in zip(golden.strings, golden.sentencepiece) {
      #expect(tokenizer.encode(text) == expected, "\(text.debugDescription)")
    }
  }

  @Test(arguments: ["gpt2", "smollm", "llama3", "llama2", "llama2-legacy"])
  func `text never becomes a control token`(name: String) throws {
    let tokenizer = try tokenizer(name)
    let names = [
      "<s>", "</s>", "<unk>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eot_id|>",
      "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
    ]
    let controls = Set(names.compactMap(tokenizer.controlToken))
    #expect(!controls.isEmpty)
    for text in names + [names.joined(), "x" + names.joined(separator: " x ")] {
      #expect(controls.isDisjoint(with: tokenizer.encode(text)), "\(text)")
      #expect(
        controls.isDisjoint(
          with: tokenizer.encode([.text(String(text.prefix(2))), .text(String(text.dropFirst(2)))]))
      )
    }
    #expect(!controls.isDisjoint(with: tokenizer.encode(markup: names.joined())))
  }

  @Test func `neighbouring texts are one text, and the first of a sequence alone is marked`() throws
  {
    for name in ["llama2", "llama3", "llama2-legacy"] {
      let tokenizer = try tokenizer(name)
      #expect(tokenizer.encode([.text("wat"), .text("ched")]) == tokenizer.encode("watched"))
    }
    let tokenizer = try tokenizer("llama2")
    let end = try #require(tokenizer.controlToken("</s>"))
    #expect(
      tokenizer.encode([.control(end), .text("the")]) == tokenizer.encode(markup: "</s>the"))
    #expect(
      tokenizer.encode([.control(end), .text("the")]).dropFirst() != tokenizer.encode("the")[...])
  }

  @Test func `long texts without a break are merged quickly and correctly`() throws {
    let tokenizer = try tokenizer("llama2")
    let text = String(repeating: "watched the history of rating ", count: 4000)
    let tokens = tokenizer.encode(text)
    #expect(tokenizer.decode(tokens) == text)
  }

  @Test(arguments: [
    (#""type":"BPE""#, #""type":"Unigram""#, "type Unigram"),
    (#""type":"ByteLevel","add_prefix_space":false"#, #""type":"Punctuation""#, "Punctuation"),
    (#""normalizer":null"#, #""normalizer":{"type":"NFKC"}"#, "NFKC"),
    (#""individual_digits":true"#, #""individual_digits":false"#, "Digits"),
    (#""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"WordPiece""#, "WordPiece"),
    (#""merges":["#, #""merges":[["a","zzz"],"#, "merge 0"),
    (#""single_word":false"#, #""single_word":true"#, "single_word"),
    (#""dropout":null"#, #""dropout":0.1"#, "dropout"),
    (#""vocab":{"#, #""vocab":{"x":99999999,"#, "token number 99999999"),
    (#""vocab":{"#, #""vocab":{"x":-1,"#, "token number -1"),
    (#""vocab":{"#, #""vocab":["#, "expected"),
    (#""version":"1.0""#, #""version":"\ud800""#, "surrogate"),
  ])
  func `what a tokenizer does beyond that is refused by name`(
    part: String, other: String, message: String
  ) throws {
    let text = String(
      decoding: try bytes(of: try fixture("smollm.tokenizer.json")), as: UTF8.self)
    let range = try #require(text.range(of: part))
    try withFolder { folder in
      try write(
        Array(text.replacingCharacters(in: range, with: other).utf8), to: "\(folder)/t.json")
      #expect { try BytePairTokenizer(tokenizerAt: "\(folder)/t.json") } throws: {
        print($0)
        return "\($0)".contains(message)
      }
    }
  }

  @Test(arguments: ["llama3", "llama2", "gpt2"])
  func `damaged tokenizers throw and never trap`(name: String) throws {
    let intact = try bytes(of: try fixture("\(name).tokenizer.json"))
    var random = SeededRandom(seed: 7)
    var refused = 0
    try withFolder { folder in
      for round in 0..<150 {
        var damaged = round < 30 ? Array(intact[..<(intact.count * round / 30)]) : intact
        if round >= 30 {
          for _ in 0...random.below(8) {
            let others = Array("{}[]\":,0-e\\\u{1}a".utf8)
            damaged[random.below(damaged.count)] = others[random.below(others.count)]
          }
        }
        try write(damaged, to: "\(folder)/t.json")
        do {
          let tokenizer = try BytePairTokenizer(tokenizerAt: "\(folder)/t.json")
          _ = tokenizer.decode(tokenizer.encode("watched the 1984"))
        } catch { refused += 1 }
      }
    }
    #expect(refused > 30)
  }

  @Test func `JSON that is too deep is refused`() throws {
    try withFolder { folder in
      try write(
        Array(String(repeating: "[", count: 1_000_000).utf8), to: "\(folder)/config.json")
      #expect { try LlamaConfiguration(configurationAt: "\(folder)/config.json") } throws: {
        "\($0)".contains("128 levels")
      }
    }
  }
}
