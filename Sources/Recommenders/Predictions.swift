public import Evaluation
public import Tensors

/// What a trained backbone says of every user; U users, K candidates.
public struct Predictions: Sendable, Equatable {
  public var task: RecommendationTask
  /// Length of a candidate list: K; 0 for the rating task.
  public var candidates: Int
  /// Candidates at validation, best first: U × K, −1 where a list ends early.
  ///
  /// Top-k tasks only.
  public var validationItems: [Int32] = []
  /// Their scores: U × K, 0 where a list has ended.
  public var validationScores: [Float] = []
  /// Candidates at test, likewise.
  public var testItems: [Int32] = []
  public var testScores: [Float] = []
  /// Simple baselines: candidates at test after reading the validation item too, as sequential models do; they
  /// stand in the table of the sequential task.
  public var nextItems: [Int32] = []
  public var nextScores: [Float] = []
  /// Rating task: the predicted rating of the validation item, one a user, 0 where there is none.
  public var validationRatings: [Float] = []
  /// Rating task: the predicted rating of the item asked at test, one a user, 0 where there is
  /// none.
  public var testRatings: [Float] = []
  /// One row a user, for the search of similar users: U × D; D = 0 for the baselines.
  public var userEmbeddings: Matrix
  /// Predictions of train interactions by a model that did not see them.
  public var fold: FoldPredictions?

  public init(task: RecommendationTask, candidates: Int, userEmbeddings: Matrix) {
    self.task = task
    self.candidates = candidates
    self.userEmbeddings = userEmbeddings
  }
}

/// Out-of-fold predictions: the model knows a user's history up to before the first held-out
/// position.
///
/// M held-out interactions, ascending by user and position.
public struct FoldPredictions: Sendable, Equatable {
  /// Whose interaction it is: M.
  public var users: [Int32]
  /// Its place in the user's train history, from 0: M.
  public var positions: [Int32]
  /// Candidates, best first: M × K, −1 where a list ends early; the items before the position are
  /// not among them.
  ///
  /// Top-k tasks only.
  public var items: [Int32] = []
  /// Their scores: M × K, 0 where a list has ended.
  public var scores: [Float] = []
  /// Rating task: the predicted rating of the held-out item: M.
  public var ratings: [Float] = []
  /// U × D, from the model that did not see the held-out interactions.
  public var userEmbeddings: Matrix

  public init(users: [Int32], positions: [Int32], userEmbeddings: Matrix) {
    self.users = users
    self.positions = positions
    self.userEmbeddings = userEmbeddings
  }
}
