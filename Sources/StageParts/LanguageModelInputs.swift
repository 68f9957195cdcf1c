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

  /// The same model with a memory that survives a kill.
  ///
  /// - Parameters:
  ///   - model: Who answers.
  ///   - name: The journal's name in the scratch folder.
  /// - Returns: A model that asks only what the journal lacks.
  /// - Throws: `FileError`.
  public func remembering<Model: LanguageModel>(
    _ model: Model, journal name: String
  ) throws -> RememberingLanguageModel<Model> {
    let journal = try answerJournal(name)
    return RememberingLanguageModel(
      model, recall: { journal[$0] }, remember: { try journal.append($0, $1) })
  }

  /// Works through users in blocks, with progress, stopping between blocks when asked to.
  ///
  /// - Parameters:
  ///   - users: How many.
  ///   - size: Users a block.
  ///   - offset: Work units done before this loop.
  ///   - total: Work units in all.
  ///   - message: Said with progress.
  ///   - body: Gets the users of a block.
  /// - Throws: What the body throws; `Interrupted`.
  public func forEachBlock(
    of users: Int, size: Int = 64, offset: Int = 0, total: Int? = nil, message: String = "",
    _ body: (Range<Int>) throws -> Void
  ) throws {
    for start in stride(from: 0, to: users, by: size) {
      try checkInterrupted()
      let block = start..<min(start + size, users)
      try body(block)
      progress(
        done: offset + block.upperBound, total: total ?? users, unit: "user", message: message)
    }
  }
}
