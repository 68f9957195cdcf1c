internal import AnswerStore
internal import Artifacts
internal import Endpoints
internal import Foundations
public import LanguageModels
public import Prompts
public import StageKit
public import StageProtocol
public import Tensors

extension StageContext {
  /// The weights of a language model that are not in its artifact.
  public static let checkpointInput = StageDescription.Input(
    "checkpoint",
    "the weights of a pretrained model: a GGUF file, or every file of a Hugging Face folder",
    optional: true, many: true)

  /// Reads a `language-model` input and opens the model; the identity of one whose weights are in it is the
  /// file's digest.
  ///
  /// - Parameters:
  ///   - name: The input.
  ///   - opened: A model that was opened before; it is taken where the input holds the same one.
  /// - Returns: The model and its wording.
  /// - Throws: What reading throws.
  public func languageModel(
    _ name: String, orSameAs opened: PromptedLanguageModel? = nil
  ) throws -> PromptedLanguageModel {
    let artifact = try input(name)
    let files = paths(ofInput: Self.checkpointInput.name)
    switch try LanguageModelKind(of: artifact) {
    case .titleLlama: break
    case .checkpoint:
      let reference = try CheckpointReference(artifact: artifact)
      guard !files.isEmpty else {
        throw StageFailure(
          "\(path(ofInput: name)): found \(reference.name), whose weights lie elsewhere, expected them as the "
            + "input \(Self.checkpointInput.name)", exitCode: .usage)
      }
      if let opened = opened?.model as? CheckpointLanguageModel, try opened.isKept(in: artifact) {
        return PromptedLanguageModel(model: opened, templates: try PromptTemplates(of: artifact))
      }
    case .endpoint:
      return PromptedLanguageModel(
        model: try open(EndpointReference(artifact: artifact)),
        templates: try PromptTemplates(of: artifact))
    }
    return try PromptedLanguageModel(
      artifact: artifact, identity: Digest.sha256(fileAt: path(ofInput: name)), files: files)
  }

  /// The wording of the input `prompts`, with as much in a prompt as the parameters `maximumHistory`,
  /// `maximumSimilar` and `maximumHints` say.
  ///
  /// - Parameter ratings: The training ratings, for the scale in which prompts tell them.
  /// - Returns: The templates.
  /// - Throws: What reading the wording throws.
  public func promptTemplates(ratings: [Float]) throws -> PromptTemplates {
    PromptTemplates(
      wording: try Wording(contentsOf: path(ofInput: "prompts")),
      ratingScale: PromptTemplates.ratingScale(of: ratings),
      maximumHistory: parameters.integer("maximumHistory"),
      maximumSimilar: parameters.integer("maximumSimilar"),
      maximumHints: parameters.integer("maximumHints"))
  }

  /// The input of stages that train a language model, for its epochs alone.
  public static let languageModelSettings = StageDescription.Input(
    "settings", schema: "language-model",
    "a model whose epochs are taken instead of choosing them by validation", optional: true,
    isSettings: true)

  /// How many epochs the model given as `settings` was trained for; nil where none was given.
  ///
  /// - Throws: What reading throws; `ArtifactError` where the model does not say.
  public func settledEpochs() throws -> Int? {
    guard hasInput("settings") else { return nil }
    let settings = try input("settings")
    let epochs = try settings.count(Self.epochsKey)
    guard epochs > 0 else {
      throw settings.problem(metadata: Self.epochsKey, expected: "at least one epoch")
    }
    return epochs
  }

  /// Writes the output `model`, a language model that was trained for the epochs with the best validation.
  ///
  /// - Parameters:
  ///   - model: What was trained.
  ///   - curve: How its training went.
  ///   - higherIsBetter: Whether a larger metric is better.
  /// - Throws: What writing throws.
  public func writeModel(
    _ model: PromptedLanguageModel, trainedAlong curve: [CurvePoint], higherIsBetter: Bool
  ) throws {
    var artifact = try model.artifact()
    let best = curve.reduce(CurvePoint?.none) { best, point in
      guard let best else { return point }
      let isBetter =
        higherIsBetter
        ? point.validation > best.validation : point.validation < best.validation
      return isBetter ? point : best
    }
    artifact.metadata[Self.epochsKey] = best.map { "\($0.epoch)" }
    try write(artifact, to: "model")
  }

  private static let epochsKey = "epochs"

  /// The same model with a memory that survives a kill; a stage that was asked to stop stops after the answer
  /// under way.
  ///
  /// Costly answers are kept in the store that `--answers` names, for every stage and every run to come. Those of a
  /// model that is asked faster than a database, and all without a store, are in a journal of this stage.
  ///
  /// - Parameters:
  ///   - model: Who answers.
  ///   - name: The journal's name in the scratch folder.
  /// - Returns: A model that asks only what its memory lacks; it ranks the catalogue if the model does.
  /// - Throws: `FileError`; `AnswerStoreError` for a file that is no sound store.
  public func remembering(
    _ model: some LanguageModel, journal name: String
  ) throws -> any LanguageModel {
    if model.capabilities.isCostly, let path = answers {
      let answers = try AnswerStore(path).answers(ofModel: model.identity, named: model.name)
      log("\(try answers.count()) answers of \(model.name) are kept in \(path)")
      return RememberingLanguageModel(
        model, recall: { try answers.answer(to: $0) },
        remember: {
          try answers.keep($1, of: $0)
          try checkInterrupted()
        })
    }
    let journal = try answerJournal(name)
    return RememberingLanguageModel(
      model, recall: { journal[$0] },
      remember: {
        try journal.append($0, $1)
        try checkInterrupted()
      })
  }

  /// Says what is worth knowing of a model's answers.
  public func tellRemarks(of model: any LanguageModel) {
    for remark in model.remarks { log(remark, level: .notice) }
  }

  /// Works through users in blocks, with progress, stopping between blocks when asked to.
  ///
  /// - Parameters:
  ///   - users: How many.
  ///   - size: Users a block.
  ///   - message: Said with progress.
  ///   - body: Gets the users of a block.
  /// - Throws: What the body throws; `Interrupted`.
  public func forEachBlock(
    of users: Int, size: Int = 64, message: String = "", _ body: (Range<Int>) async throws -> Void
  ) async throws {
    for start in stride(from: 0, to: users, by: size) {
      try checkInterrupted()
      let block = start..<min(start + size, users)
      try await body(block)
      progress(done: block.upperBound, total: users, unit: "user", message: message)
    }
  }
}
