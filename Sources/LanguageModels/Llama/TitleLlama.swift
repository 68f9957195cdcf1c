internal import Artifacts

/// Reads the title Llama that an artifact holds.
///
/// Throws `ArtifactError` for missing columns, and when its parts do not fit together.
func readTitleLlama(_ artifact: Artifact, identity: String) throws -> any LanguageModel {
  try EmbeddedLanguageModel(artifact: artifact, identity: identity)
}

/// What a title Llama is told of the catalogue before it learns.
public struct TitleVocabulary: Sendable, Equatable {
  /// What the pieces of words are learned from: titles and attribute values.
  public var texts: [String]
  /// Words that get one token each, spelled with their leading space.
  public var words: [String]
  /// Each item in words; their pieces compose its title token.
  public var descriptions: [String]

  public init(texts: [String], words: [String], descriptions: [String]) {
    self.texts = texts
    self.words = words
    self.descriptions = descriptions
  }
}

/// A Llama that has learned nothing yet: each title is one token, composed of the pieces of its words.
///
/// - Parameters:
///   - vocabulary: The catalogue in words.
///   - merges: Byte-pair merges at most.
///   - seed: Of the weights.
///   - shape: Makes the shape for a number of tokens, before anything of it is allocated.
/// - Returns: The untrained model.
/// - Throws: What `shape` throws.
public func makeTitleLlama(
  _ vocabulary: TitleVocabulary, merges: Int, seed: UInt64,
  shape: (_ vocabularySize: Int) throws -> LlamaConfiguration
) rethrows -> some TunableModel & CatalogueRanking {
  let tokenizer = CatalogueTokenizer(
    training: vocabulary.texts, merges: merges, words: vocabulary.words,
    titleCount: vocabulary.descriptions.count)
  let model = LlamaModel(configuration: try shape(tokenizer.vocabularySize), seed: seed)
  return EmbeddedLanguageModel(
    configuration: model.configuration, weights: model.weights, tokenizer: tokenizer,
    identity: "untrained", composition: tokenizer.composition(of: vocabulary.descriptions))
}
