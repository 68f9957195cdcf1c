internal import Artifacts
internal import Foundations
public import LanguageModels
public import Prompts
public import StageKit

extension StageContext {
  /// Reads a `language-model` input; its identity is the file's digest.
  ///
  /// - Parameter name: The input.
  /// - Returns: The model and its wording.
  /// - Throws: What reading throws.
  public func languageModel(_ name: String) throws -> PromptedLanguageModel {
    try PromptedLanguageModel(
      artifact: input(name), identity: Digest.sha256(fileAt: path(ofInput: name)))
  }

  /// The same model with a memory that survives a kill; a stage that was asked to stop stops after the answer
  /// under way.
  ///
  /// - Parameters:
  ///   - model: Who answers.
  ///   - name: The journal's name in the scratch folder.
  /// - Returns: A model that asks only what the journal lacks; it ranks the catalogue if the model does.
  /// - Throws: `FileError`.
  public func remembering(
    _ model: some LanguageModel, journal name: String
  ) throws -> any LanguageModel {
    let journal = try answerJournal(name)
    return RememberingLanguageModel(
      model, recall: { journal[$0] },
      remember: {
        try journal.append($0, $1)
        try checkInterrupted()
      })
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
