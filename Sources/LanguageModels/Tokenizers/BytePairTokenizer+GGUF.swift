extension BytePairTokenizer {
  /// Kinds of tokens in `tokenizer.ggml.token_type`.
  fileprivate enum TokenKind: Int64 {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// Pre-tokenizers by their names in llama.cpp (`llama-vocab.cpp`).
  private static let preTokenizers: [String: PreTokenizer] = [
    "gpt-2": .gpt2, "smollm": .smolLM, "llama-bpe": .llama3, "llama3": .llama3,
    "llama-v3": .llama3,
  ]

  /// Reads the vocabulary of a GGUF file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(gguf path: String) throws { try self.init(try GGUFFile(path)) }

  /// Reads the vocabulary of an opened GGUF file.
  ///
  /// - Parameter file: The file.
  /// - Throws: `CheckpointError`, also for a kind of tokenizer that is not known here.
  init(_ file: GGUFFile) throws {
    let texts = try file.strings("tokenizer.ggml.tokens")
    let kinds = try file.kinds(count: texts.count)
    var vocabulary = VocabularyBuilder(path: file.path)
    for (token, text) in texts.enumerated() { try vocabulary.add(text, token: token) }
    vocabulary.controls = Set(
      kinds.indices.filter { kinds[$0] == .control || kinds[$0] == .unknown }.map { Int32($0) })
    let added = texts.indices.filter {
      vocabulary.controls.contains(Int32($0)) || kinds[$0] == .userDefined
    }
    .map {
      AddedTokens.Token(
        id: Int32($0), content: texts[$0], isControl: vocabulary.controls.contains(Int32($0)))
    }
    let type = try file.string("tokenizer.ggml.model")
    switch type {
    case "gpt2":
      let name =
        file.metadata["tokenizer.ggml.pre"] == nil
        ? "(none)" : try file.string("tokenizer.ggml.pre")
      guard let preTokenizer = Self.preTokenizers[name] else {
        throw CheckpointError.unsupported(
          file.path, "the pre-tokenizer \(name) (tokenizer.ggml.pre)",
          supported: "one of \(Self.preTokenizers.keys.sorted().joined(separator: ", "))")
      }
      let pairs = try file.strings("tokenizer.ggml.merges").map { merge in
        try Self.pair(merge)
          ?? { throw file.mismatch("tokenizer.ggml.merges", "two pieces each") }()
      }
      let isLlama3 = preTokenizer == .llama3
      try self.init(
        added: added, normalizer: .none, preTokenizer: preTokenizer,
        model: BytePairModel(
          symbols: .bytes(vocabulary.byteSymbols), merges: try vocabulary.merges(pairs),
          wholeWords: isLlama3 ? vocabulary.wholeWords : [:]),
        decoder: .byteLevel, pieces: vocabulary.pieces(isByteLevel: true), texts: texts,
        prefix: file.mark("bos", addedByDefault: isLlama3, vocabulary),
        suffix: file.mark("eos", addedByDefault: false, vocabulary))
    case "llama":
      let prepends = try file.flag("tokenizer.ggml.add_space_prefix", default: true)
      guard file.metadata["tokenizer.ggml.precompiled_charsmap"] == nil else {
        throw CheckpointError.unsupported(
          file.path, "a SentencePiece tokenizer with a table of normalisations",
          supported: "a tokenizer that leaves text as it is")
      }
      guard let fallback = vocabulary.byteFallback else {
        throw CheckpointError(file.path, "found no 256 byte tokens <0x00> to <0xFF>")
      }
      try self.init(
        added: added, normalizer: .marksSpaces(prepends: prepends), preTokenizer: .whole,
        model: BytePairModel(
          symbols: .characters(vocabulary.characterSymbols, fallback: fallback),
          merges: vocabulary.merges(
            scores: try file.scores(count: texts.count), isPiece: { kinds[$0] == .normal })),
        decoder: .sentencePiece(stripping: prepends ? 1 : 0),
        pieces: vocabulary.pieces(isByteLevel: false), texts: texts,
        prefix: file.mark("bos", addedByDefault: true, vocabulary),
        suffix: file.mark("eos", addedByDefault: false, vocabulary))
    default:
      throw CheckpointError.unsupported(
        file.path, "a tokenizer of model \(type) (tokenizer.ggml.model)",
        supported: "byte-level BPE (gpt2) or SentencePiece BPE (llama)")
    }
  }
}

extension GGUFFile {
  /// The kind of each token.
  fileprivate func kinds(count: Int) throws -> [BytePairTokenizer.TokenKind] {
    let key = "tokenizer.ggml.token_type"
    guard case .integers(let numbers) = metadata[key], numbers.count == count else {
      throw mismatch(key, "\(count) whole numbers")
    }
    return try numbers.map {
      guard let kind = BytePairTokenizer.TokenKind(rawValue: $0) else {
        throw mismatch(key, "numbers from 1 to 6")
      }
      return kind
    }
  }

  /// The score of each token.
  fileprivate func scores(count: Int) throws -> [Double] {
    let key = "tokenizer.ggml.scores"
    guard case .floats(let scores) = metadata[key], scores.count == count,
      scores.allSatisfy(\.isFinite)
    else { throw mismatch(key, "\(count) finite numbers") }
    return scores
  }

  /// The start or end that is put around a text; empty for none.
  fileprivate func mark(
    _ name: String, addedByDefault: Bool, _ vocabulary: VocabularyBuilder
  ) throws -> [Int32] {
    guard try flag("tokenizer.ggml.add_\(name)_token", default: addedByDefault) else { return [] }
    let key = "tokenizer.ggml.\(name)_token_id"
    guard let token = try token(key), Int(token) < vocabulary.texts.count else {
      throw mismatch(key, "one of the vocabulary's tokens")
    }
    return [token]
  }
}
