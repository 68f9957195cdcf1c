public import Datasets
public import LanguageModels
public import Tensors

/// Writes the prompts about users: plain ones from their own history, augmented ones with the similar
/// user and the backbone's hint.
public struct PromptWriter: Sendable {
  public let templates: PromptTemplates
  public let train: Histories
  /// The similar user of each user, −1 for none (paper equation 4).
  public let similarUsers: [Int32]

  /// Finds the similar users.
  ///
  /// - Parameters:
  ///   - templates: The wording.
  ///   - train: Training interactions; only users with one can be the similar user.
  ///   - userEmbeddings: The backbone's, U × D.
  public init(templates: PromptTemplates, train: Histories, userEmbeddings: Matrix) {
    self.templates = templates
    self.train = train
    similarUsers = mostSimilarUsers(
      userEmbeddings, among: (0..<train.userCount).map { train.count(of: $0) > 0 })
  }

  /// A ranking prompt.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - history: What the user did, oldest first.
  ///   - hints: The backbone's list, best first; nil writes a plain prompt.
  /// - Returns: A prompt whose answer is one item.
  public func ranking(
    user: Int, history: ArraySlice<Int32>, hints: [Int32]?
  ) -> Prompt {
    guard let hints else { return templates.ranking(history: history) }
    let other = Int(similarUsers[user])
    return templates.ranking(
      history: history, similar: other < 0 ? [] : train.items(of: other), hints: hints)
  }

  /// A rating prompt.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - positions: The part of `train` that the user is known to have rated.
  ///   - item: The item asked.
  ///   - estimate: The backbone's rating; nil writes a plain prompt.
  /// - Returns: A prompt whose answer is a rating.
  public func rating(
    user: Int, positions: Range<Int>, item: Int32, estimate: Float?
  ) -> Prompt {
    guard let estimate else {
      return templates.rating(history: pairs(positions), item: item)
    }
    let other = Int(similarUsers[user])
    return templates.rating(
      history: pairs(positions), similar: other < 0 ? [] : pairs(train.range(of: other)),
      estimate: estimate, item: item)
  }

  private func pairs(_ positions: Range<Int>) -> [(item: Int32, rating: Float)] {
    positions.map { (train.items[$0], train.ratings[$0]) }
  }
}
