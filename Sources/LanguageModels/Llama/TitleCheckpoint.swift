internal import Artifacts
internal import Foundations
internal import Tensors

/// A title Llama that begins as the first layers of a pretrained checkpoint: one token a title.
///
/// Each token's vector begins as the mean of the checkpoint's vectors of its words. Adapters on the layers are
/// trained together with all vectors, and afterwards added into the matrices, so that what is kept is a plain
/// title Llama: `readLanguageModel` reads it, and a user's ranking is one pass.
///
/// - Parameters:
///   - vocabulary: The catalogue in words.
///   - merges: Byte-pair merges at most.
///   - checkpoint: Where layers and vectors come from.
///   - layers: How many of its layers, from the first.
///   - contextLength: The longest prompt with its answer, in tokens.
/// - Returns: The model before it learned the data set.
/// - Throws: `CheckpointError` for too many layers and for weights that hold no finite numbers.
public func makeTitleLlama(
  _ vocabulary: TitleVocabulary, merges: Int, from checkpoint: Checkpoint, layers: Int,
  contextLength: Int
) throws -> some TunableModel & CatalogueRanking {
  let whole = checkpoint.configuration
  guard (1...whole.layers).contains(layers) else {
    throw CheckpointError(
      checkpoint.path, "found \(whole.layers) layers, expected at least \(layers)",
      advice: "ask for fewer layers, at least one")
  }
  let tokenizer = CatalogueTokenizer(
    training: vocabulary.texts, merges: merges, words: vocabulary.words,
    titleCount: vocabulary.descriptions.count)
  var shape = whole
  (shape.vocabularySize, shape.layers) = (tokenizer.vocabularySize, layers)
  (shape.contextLength, shape.tiesEmbeddings) = (contextLength, true)
  (shape.startToken, shape.endTokens) = (nil, [])
  var weights: [String: Matrix] = [:]
  for (name, rows, columns) in shape.tensors.dropFirst() {
    weights[name] = try checkpoint.weights.matrix(name, rows: rows, columns: columns)
  }
  let table = shape.tensors[0].name
  let words = try checkpoint.weights.matrix(
    table, rows: whole.vocabularySize, columns: whole.hiddenSize)
  weights[table] = words.means(
    of: (0..<Int32(tokenizer.vocabularySize)).map { token in
      switch token {
      case CatalogueTokenizer.start: [whole.startToken ?? whole.endTokens.first ?? 0]
      case CatalogueTokenizer.end: [whole.endTokens.first ?? 0]
      default:
        checkpoint.tokenizer.encode(
          tokenizer.item(ofToken: token).map { vocabulary.descriptions[Int($0)] }
            ?? tokenizer.decode([token]))
      }
    })
  return TitleCheckpoint(
    EmbeddedLanguageModel(
      configuration: shape, weights: weights, tokenizer: tokenizer, identity: "untrained"))
}

/// Trains a title Llama as a checkpoint is trained; scoring and the artifact are the title Llama's.
private final class TitleCheckpoint: TunableModel, CatalogueRanking {
  private let titleLlama: EmbeddedLanguageModel

  init(_ titleLlama: EmbeddedLanguageModel) { self.titleLlama = titleLlama }

  var name: String { titleLlama.name }
  var identity: String { titleLlama.identity }
  var summary: String { titleLlama.summary }

  func score(_ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void) async throws {
    try await titleLlama.score(queries, each: each)
  }

  func rank(
    _ queries: [CatalogueQuery], count: Int, each: (Int, RankedItems) throws -> Void
  ) async throws {
    try await titleLlama.rank(queries, count: count, each: each)
  }

  func artifact() throws -> Artifact { try titleLlama.artifact() }

  func trained(
    name: String, loop: EarlyStoppingTrainer, recipe: TrainingRecipe,
    random: inout SeededRandom, monitor: any TrainingMonitor, metricName: String,
    texts: (inout SeededRandom) -> [TrainingText],
    validate: (TitleCheckpoint) async throws -> Float?
  ) async throws -> (model: TitleCheckpoint, curve: [CurvePoint]) {
    let (shape, tokenizer) = (titleLlama.configuration, titleLlama.tokenizer)
    let model = LlamaModel(configuration: shape, weights: titleLlama.weights)
    if let adapters = recipe.checkpoint.adapters {
      model.adapt(adapters, seed: random.next(), learnsTable: true)
    }
    func current(_ identity: String) -> TitleCheckpoint {
      TitleCheckpoint(
        EmbeddedLanguageModel(model: model.merged(), tokenizer: tokenizer, identity: identity))
    }
    let curve = try await CheckpointTrainer(model: model, recipe: recipe).train(
      name: name, loop: loop, random: &random, monitor: monitor, metricName: metricName
    ) { random in
      texts(&random).map { tokenizer.sequence(of: $0, contextLength: shape.contextLength) }
    } validate: {
      try await validate(current("training"))
    }
    return (current("trained"), curve)
  }
}

extension Matrix {
  /// For each list the mean of the rows that it names, each as often as it is named; zeros for none.
  fileprivate func means(of lists: [[Int32]]) -> Matrix {
    var means = Matrix(rows: lists.count, columns: columns)
    for (index, rows) in lists.enumerated() {
      for row in rows {
        for column in 0..<columns { means[index, column] += self[Int(row), column] }
      }
      for column in 0..<columns where !rows.isEmpty { means[index, column] /= Float(rows.count) }
    }
    return means
  }
}
