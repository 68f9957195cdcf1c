extension BytePairTokenizer {
  /// What is read of a `tokenizer.json`, for messages.
  private static let supported =
    "byte-level BPE as GPT-2, SmolLM or Llama 3, or SentencePiece-style BPE as Llama 2"

  /// Reads a `tokenizer.json`; parts that are not known here are refused by their names.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(tokenizerAt path: String) throws {
    try self.init(json: try JSONNode.field(fileAt: path))
  }

  init(json: JSONField) throws {
    let model = try json.object("model")
    let type = try model["type"].optional { try $0.string() } ?? "BPE"
    guard type == "BPE" else {
      throw CheckpointError.unsupported(
        json.path, "a tokenizer of type \(type)", supported: Self.supported)
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if try model[key].optional({ try $0.string() }) ?? "" != "" { throw Self.refusal(model[key]) }
    }
    if try model["dropout"].optional({ try $0.number() }) ?? 0 != 0 {
      throw Self.refusal(model["dropout"])
    }

    var vocabulary = VocabularyBuilder(path: json.path)
    for (text, field) in try model.object("vocab").members() {
      try vocabulary.add(text, token: try field.integer())
    }
    let added = try json["added_tokens"].optional { try $0.elements().map(Self.addedToken) } ?? []
    for token in added {
      try vocabulary.add(token.content, token: Int(token.id))
      if token.isControl { vocabulary.controls.insert(token.id) }
    }
    let normalizer = try Self.normalizer(json["normalizer"])
    let preTokenizer = try Self.preTokenizer(json["pre_tokenizer"])
    let isByteLevel = [.gpt2, .smolLM, .llama3].contains(preTokenizer)
    let decoder = try Self.decoder(json["decoder"], isByteLevel: isByteLevel)
    if normalizer != .none && preTokenizer != .whole { throw Self.refusal(json["normalizer"]) }

    let unknown = try model["unk_token"].optional { field in
      guard let token = vocabulary.token(try field.string()) else {
        throw field.mismatch("one of the vocabulary's tokens")
      }
      return token
    }
    let flag = { (key: String) in try model[key].optional { try $0.boolean() } ?? false }
    let (fallback, ignoresMerges) = (try flag("byte_fallback"), try flag("ignore_merges"))
    if isByteLevel == fallback { throw Self.refusal(model["byte_fallback"]) }
    if fallback, vocabulary.byteFallback == nil {
      throw CheckpointError(json.path, "found no 256 byte tokens <0x00> to <0xFF>")
    }
    if ignoresMerges, !isByteLevel { throw Self.refusal(model["ignore_merges"]) }
    let (prefix, suffix) = try Self.template(json["post_processor"], vocabulary)
    self.init(
      added: added, normalizer: normalizer, preTokenizer: preTokenizer,
      model: BytePairModel(
        symbols: isByteLevel
          ? .bytes(vocabulary.byteSymbols)
          : .characters(vocabulary.characterSymbols, fallback: vocabulary.byteFallback),
        merges: try vocabulary.merges(try model["merges"].elements().map(Self.pair)),
        wholeWords: ignoresMerges ? vocabulary.wholeWords : [:], unknown: unknown,
        fusesUnknown: try flag("fuse_unk")),
      decoder: decoder, pieces: vocabulary.pieces(isByteLevel: isByteLevel),
      texts: vocabulary.texts,
      prefix: prefix, suffix: suffix)
  }

  private static func refusal(_ field: JSONField) -> CheckpointError {
    let type = try? field["type"].string()
    return .unsupported(
      field.path, "\(field.key) \(type.map { "of type \($0)" } ?? field.value.kind)",
      supported: supported)
  }

  /// The steps of a sequence, or the one step that stands for itself; none for null.
  private static func steps(_ field: JSONField, of key: String) throws -> [JSONField] {
    if field.isNull { return [] }
    guard try field["type"].string() == "Sequence" else { return [field] }
    return try field[key].elements()
  }

  private static func type(_ field: JSONField) throws -> String { try field["type"].string() }

  private static func addedToken(_ field: JSONField) throws -> AddedTokens.Token {
    let flag = { (key: String) in try field[key].optional { try $0.boolean() } ?? false }
    if try flag("single_word") { throw refusal(field["single_word"]) }
    return AddedTokens.Token(
      id: try field["id"].token(), content: try field["content"].string(),
      isControl: try flag("special"), takesSpaceBefore: try flag("lstrip"),
      takesSpaceAfter: try flag("rstrip"), isNormalized: try flag("normalized"))
  }

  /// A merge: two texts, or one with a space between.
  private static func pair(_ field: JSONField) throws -> (String, String) {
    if case .array = field.value {
      let parts = try field.elements().map { try $0.string() }
      guard parts.count == 2 else { throw field.mismatch("two pieces") }
      return (parts[0], parts[1])
    }
    return try pair(try field.string()) ?? { throw field.mismatch("two pieces") }()
  }

  /// The two sides of a merge that is written with a space between; nil where there are not two.
  static func pair(_ text: String) -> (String, String)? {
    let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
  }

  // MARK: Parts

  private static func normalizer(_ field: JSONField) throws -> Normalizer {
    let steps = try steps(field, of: "normalizers")
    if steps.isEmpty { return .none }
    var rest = steps[...]
    var prepends = false
    if let first = rest.first, try type(first) == "Prepend" {
      guard try first["prepend"].string() == "\u{2581}" else { throw refusal(first) }
      prepends = true
      rest = rest.dropFirst()
    }
    guard rest.count == 1, let step = rest.first, try type(step) == "Replace",
      try step["pattern"]["String"].optional({ try $0.string() }) == " ",
      try step["content"].string() == "\u{2581}"
    else { throw refusal(rest.last ?? field) }
    return .marksSpaces(prepends: prepends)
  }

  private static func preTokenizer(_ field: JSONField) throws -> PreTokenizer {
    let steps = try steps(field, of: "pretokenizers")
    switch try steps.map(type) {
    case []: return .whole
    case ["Metaspace"]: return .marked(try mark(steps[0]))
    case ["ByteLevel"]:
      try checkByteLevel(steps[0], usesExpression: true)
      return .gpt2
    case ["Digits", "ByteLevel"]:
      guard try steps[0]["individual_digits"].boolean() else { throw refusal(steps[0]) }
      try checkByteLevel(steps[1], usesExpression: true)
      return .smolLM
    case ["Split", "ByteLevel"]:
      try checkByteLevel(steps[1], usesExpression: false)
      let expression = try steps[0]["pattern"]["Regex"].optional { try $0.string() }
      guard try steps[0]["behavior"].string() == "Isolated",
        try !(steps[0]["invert"].optional { try $0.boolean() } ?? false)
      else { throw refusal(steps[0]) }
      switch expression {
      case PreTokenizer.llama3Expression: return .llama3
      case PreTokenizer.gpt2Expression: return .gpt2
      default: throw refusal(steps[0])
      }
    case let types:
      throw CheckpointError.unsupported(
        field.path, "pre_tokenizer of types \(types.joined(separator: ", "))",
        supported: supported)
    }
  }

  private static func checkByteLevel(_ field: JSONField, usesExpression: Bool) throws {
    guard try !field["add_prefix_space"].boolean(),
      try field["use_regex"].optional({ try $0.boolean() }) ?? true == usesExpression
    else { throw refusal(field) }
  }

  private static func mark(_ field: JSONField) throws -> PreTokenizer.Mark {
    guard try field["replacement"].string() == "\u{2581}",
      try !(field["split"].optional { try $0.boolean() } ?? true)
    else { throw refusal(field) }
    let scheme = try field["prepend_scheme"].optional { try $0.string() } ?? "always"
    guard let mark = PreTokenizer.Mark(rawValue: scheme) else { throw refusal(field) }
    return mark
  }

  private static func decoder(_ field: JSONField, isByteLevel: Bool) throws -> PieceDecoder {
    let steps = try steps(field, of: "decoders")
    let types = try steps.map(type)
    if isByteLevel {
      guard types == ["ByteLevel"] else { throw refusal(field) }
      return .byteLevel
    }
    guard
      types == ["Replace", "ByteFallback", "Fuse"]
        || types == ["Replace", "ByteFallback", "Fuse", "Strip"],
      try steps[0]["pattern"]["String"].optional({ try $0.string() }) == "\u{2581}",
      try steps[0]["content"].string() == " "
    else { throw refusal(field) }
    guard steps.count == 4 else { return .sentencePiece(stripping: 0) }
    guard try steps[3]["content"].string() == " ", try steps[3]["stop"].integer() == 0 else {
      throw refusal(steps[3])
    }
    return .sentencePiece(stripping: max(0, try steps[3]["start"].integer()))
  }

  /// What the post-processor puts around a text by itself.
  private static func template(
    _ field: JSONField, _ vocabulary: VocabularyBuilder
  ) throws -> (prefix: [Int32], suffix: [Int32]) {
    var (prefix, suffix): ([Int32], [Int32]) = ([], [])
    for step in try steps(field, of: "processors") {
      switch try type(step) {
      case "ByteLevel": continue
      case "TemplateProcessing":
        var isBefore = true
        for part in try step["single"].elements() {
          guard !part["SpecialToken"].isNull else {
            isBefore = false
            continue
          }
          let name = try part["SpecialToken"]["id"].string()
          let tokens = try step["special_tokens"][name]["ids"].tokens()
          guard tokens.allSatisfy({ $0 < vocabulary.texts.count }) else {
            throw step.mismatch("tokens of the vocabulary")
          }
          if isBefore { prefix += tokens } else { suffix += tokens }
        }
      default: throw refusal(step)
      }
    }
    return (prefix, suffix)
  }
}
