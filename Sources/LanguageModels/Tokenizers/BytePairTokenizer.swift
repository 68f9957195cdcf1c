/// A pretrained vocabulary with its parts: added tokens, normalizer, pre-tokenizer, model, decoder.
public struct BytePairTokenizer: Tokenizer {
  let added: AddedTokens
  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let model: BytePairModel
  let decoder: PieceDecoder
  /// By token; nil where the vocabulary has a gap.
  let pieces: [PieceDecoder.Piece?]
  /// The pieces as the vocabulary writes them.
  let texts: [String?]
  public let prefix: [Int32]
  public let suffix: [Int32]
  private let controls: [ByteText: Int32]
  private let isControl: Set<Int32>

  init(
    added: [AddedTokens.Token], normalizer: Normalizer, preTokenizer: PreTokenizer,
    model: BytePairModel, decoder: PieceDecoder, pieces: [PieceDecoder.Piece?], texts: [String?],
    prefix: [Int32],
    suffix: [Int32]
  ) {
    self.added = AddedTokens(added, normalizer: normalizer)
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.decoder = decoder
    self.pieces = pieces
    self.texts = texts
    self.prefix = prefix
    self.suffix = suffix
    let controls = added.filter(\.isControl)
    self.controls = Dictionary(
      controls.map { (ByteText($0.content), $0.id) }, uniquingKeysWith: { _, last in last })
    isControl = Set(controls.map(\.id))
  }

  public var vocabularySize: Int { pieces.count }

  public func controlToken(_ name: String) -> Int32? { controls[ByteText(name)] }

  public func encode(_ parts: [TextPart]) -> [Int32] {
    var tokens: [Int32] = []
    var text: [UInt8] = []
    var isFirst = true
    func flush() {
      encode(text, controls: false, isFirst: isFirst, into: &tokens)
      text = []
    }
    for part in parts {
      switch part {
      case .text(let words): text += Array(words.utf8)
      case .control(let token):
        flush()
        tokens.append(token)
        isFirst = false
      }
    }
    flush()
    return tokens
  }

  public func encode(markup: String) -> [Int32] {
    var tokens: [Int32] = []
    encode(Array(markup.utf8), controls: true, isFirst: true, into: &tokens)
    return tokens
  }

  private func encode(
    _ text: [UInt8], controls: Bool, isFirst: Bool, into tokens: inout [Int32]
  ) {
    for span in added.split(text, isNormalized: false, controls: controls) {
      if let token = span.token {
        tokens.append(token)
        continue
      }
      let normal = normalizer.normalize(Array(text[span.range]))
      for inner in added.split(normal, isNormalized: true, controls: controls) {
        if let token = inner.token {
          tokens.append(token)
          continue
        }
        let begins = isFirst && span.range.lowerBound == 0 && inner.range.lowerBound == 0
        for word in preTokenizer.words(of: normal[inner.range], isFirst: begins) {
          model.encode(word, into: &tokens)
        }
      }
    }
  }

  public func decode(_ tokens: [Int32], keepingControls: Bool) -> String {
    decoder.text(
      of: tokens.compactMap { token in
        guard pieces.indices.contains(Int(token)), keepingControls || !isControl.contains(token)
        else { return nil }
        return pieces[Int(token)]
      })
  }
}
