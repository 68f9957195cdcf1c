extension BytePairTokenizer {
  /// The tokenizer as a `tokenizer.json`, which gives the same tokens in Hugging Face's library.
  var definition: JSONNode {
    let (isByteLevel, fallback) =
      switch model.symbols {
      case .bytes: (true, false)
      case .characters(_, let fallback): (false, fallback != nil)
      }
    return [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(added.tokens.sorted { $0.id < $1.id }.map(Self.node)),
      "normalizer": normalizerNode, "pre_tokenizer": preTokenizerNode,
      "post_processor": templateNode, "decoder": decoderNode,
      "model": [
        "type": "BPE", "dropout": nil,
        "unk_token": model.unknown.flatMap { texts[Int($0)] }.map { .string($0) } ?? .null,
        "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
        "fuse_unk": .boolean(model.fusesUnknown), "byte_fallback": .boolean(fallback),
        "ignore_merges": .boolean(isByteLevel && !model.wholeWords.isEmpty),
        "vocab": .object(
          texts.enumerated().compactMap { token, text in
            text.map { (key: $0, value: .integer(Int(token))) }
          }),
        "merges": .array(mergePairs),
      ],
    ]
  }

  /// The merges in the order of their ranks; equal ones in the order of their pieces.
  private var mergePairs: [JSONNode] {
    model.merges.sorted { ($0.value.rank, $0.key) < ($1.value.rank, $1.key) }.compactMap { key, _ in
      guard let left = texts[Int(key >> 32)], let right = texts[Int(key & 0xFFFF_FFFF)] else {
        return nil
      }
      return [.string(left), .string(right)]
    }
  }

  private static func node(_ token: AddedTokens.Token) -> JSONNode {
    [
      "id": .integer(Int(token.id)), "content": .string(token.content), "single_word": false,
      "lstrip": .boolean(token.takesSpaceBefore), "rstrip": .boolean(token.takesSpaceAfter),
      "normalized": .boolean(token.isNormalized), "special": .boolean(token.isControl),
    ]
  }

  private static func replace(_ pattern: String, by content: String) -> JSONNode {
    ["type": "Replace", "pattern": ["String": .string(pattern)], "content": .string(content)]
  }

  private var normalizerNode: JSONNode {
    guard case .marksSpaces(let prepends) = normalizer else { return nil }
    let prepend: [JSONNode] = prepends ? [["type": "Prepend", "prepend": "\u{2581}"]] : []
    return [
      "type": "Sequence",
      "normalizers": .array(prepend + [Self.replace(" ", by: "\u{2581}")]),
    ]
  }

  private static func byteLevel(usesExpression: Bool) -> JSONNode {
    [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
      "use_regex": .boolean(usesExpression),
    ]
  }

  private var preTokenizerNode: JSONNode {
    switch preTokenizer {
    case .whole: nil
    case .marked(let mark):
      [
        "type": "Metaspace", "replacement": "\u{2581}",
        "prepend_scheme": .string(mark.rawValue), "split": false,
      ]
    case .gpt2: Self.byteLevel(usesExpression: true)
    case .smolLM:
      [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Digits", "individual_digits": true], Self.byteLevel(usesExpression: true),
        ],
      ]
    case .llama3:
      [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split", "pattern": ["Regex": .string(PreTokenizer.llama3Expression)],
            "behavior": "Isolated", "invert": false,
          ], Self.byteLevel(usesExpression: false),
        ],
      ]
    }
  }

  private var decoderNode: JSONNode {
    switch decoder {
    case .byteLevel: return Self.byteLevel(usesExpression: true)
    case .sentencePiece(let stripping):
      let strip: [JSONNode] =
        stripping > 0
        ? [
          [
            "type": "Strip", "content": " ", "start": .integer(stripping),
            "stop": .integer(0),
          ]
        ]
        : []
      return [
        "type": "Sequence",
        "decoders": .array(
          [
            Self.replace("\u{2581}", by: " "), ["type": "ByteFallback"], ["type": "Fuse"],
          ] + strip),
      ]
    }
  }

  private var templateNode: JSONNode {
    func marks(_ tokens: [Int32]) -> [JSONNode] {
      tokens.compactMap { texts[Int($0)] }.map {
        ["SpecialToken": ["id": .string($0), "type_id": .integer(0)]]
      }
    }
    func sequence(_ name: String) -> [JSONNode] {
      marks(prefix) + [["Sequence": ["id": .string(name), "type_id": .integer(0)]]] + marks(suffix)
    }
    return [
      "type": "TemplateProcessing", "single": .array(sequence("A")),
      "pair": .array(sequence("A") + sequence("B")),
      "special_tokens": .object(
        Set(prefix + suffix).sorted().compactMap { token in
          texts[Int(token)].map { name in
            (
              key: name,
              value: [
                "id": .string(name), "ids": [.integer(Int(token))], "tokens": [.string(name)],
              ]
            )
          }
        }),
    ]
  }
}
