/// What aggregate wrote for one backbone and one seed: the artifact schema `user-metrics`.
///
/// M methods, K metrics, V users with a test item, A × B the grid of α₁ and α₂.
public struct UserMetrics: Sendable {
  /// `direct`, `sequential` or `rating`.
  public var task: String
  /// The backbone's name in the configuration, such as `lightgcn`.
  public var backbone: String
  /// The data set's name, such as `ml-100k`.
  public var dataset: String
  /// The seed of every stage behind these values.
  public var seed: Int
  /// Method names of the results contract, [M].
  public var methods: [String]
  /// Per-user metric names (`NDCG@5`, `squared-error`, …), [K].
  public var metrics: [String]
  /// Users with a test item, strictly ascending, [V].
  public var users: [Int32]
  /// N(u), the training interactions of each of these users, [V].
  public var interactions: [Int32]
  /// Each user's value of each metric under each method, [M, K, V].
  public var values: [Float]
  /// Candidate values of α₁, the rows of `map`, [A].
  public var alpha1: [Float]
  /// Candidate values of α₂, the columns of `map`, [B].
  public var alpha2: [Float]
  /// Validation metric of each pair of candidates, [A, B].
  public var map: [Float]
  /// The metric in `map`, such as `NDCG@10` or `RMSE`.
  public var mapMetric: String
  /// What validation chose, by name: `mode`, `alpha1`, `alpha2`, `blend` and whatever else.
  public var choices: [String: String]

  /// The metrics of one run; traps when a shape does not fit the names beside it.
  public init(
    task: String, backbone: String, dataset: String, seed: Int, methods: [String],
    metrics: [String], users: [Int32], interactions: [Int32], values: [Float],
    alpha1: [Float] = [], alpha2: [Float] = [], map: [Float] = [], mapMetric: String = "",
    choices: [String: String] = [:]
  ) {
    checkUsers(users)
    precondition(interactions.count == users.count, "N(u) is needed for each user")
    precondition(
      values.count == methods.count * metrics.count * users.count,
      "\(values.count) values do not fill methods × metrics × users")
    precondition(map.count == alpha1.count * alpha2.count, "the map does not fit its grid")
    self.task = task
    self.backbone = backbone
    self.dataset = dataset
    self.seed = seed
    self.methods = methods
    self.metrics = metrics
    self.users = users
    self.interactions = interactions
    self.values = values
    self.alpha1 = alpha1
    self.alpha2 = alpha2
    self.map = map
    self.mapMetric = mapMetric
    self.choices = choices
  }
}

/// The per-user metrics of a simple baseline: `popularity`, `ease`, `als` or `bias`.
///
/// K metrics, V users with a test item. A baseline that depends on a seed comes once a seed.
public struct BaselineMetrics: Sendable {
  /// The method's name in the results contract.
  public var method: String
  /// `direct`, `sequential` or `rating`.
  public var task: String
  /// The data set's name, such as `ml-100k`.
  public var dataset: String
  /// The seed it ran with.
  public var seed: Int
  /// Per-user metric names (`NDCG@5`, `squared-error`, …), [K].
  public var metrics: [String]
  /// Users with a test item, strictly ascending, [V].
  public var users: [Int32]
  /// Each user's value of each metric, [K, V].
  public var values: [Float]

  /// The metrics of one baseline; traps when a shape does not fit the names beside it.
  public init(
    method: String, task: String, dataset: String, seed: Int, metrics: [String], users: [Int32],
    values: [Float]
  ) {
    checkUsers(users)
    precondition(
      values.count == metrics.count * users.count,
      "\(values.count) values do not fill metrics × users")
    self.method = method
    self.task = task
    self.dataset = dataset
    self.seed = seed
    self.metrics = metrics
    self.users = users
    self.values = values
  }
}

/// How one training went: the artifact schema `curves`.
public struct TrainingCurve: Sendable {
  /// What was trained, such as `train-backbone`.
  public var label: String
  /// The metric in `validation`, such as `NDCG@10`.
  public var metric: String
  /// The backbone's name; empty where the training belongs to none.
  public var backbone: String
  /// The seed of the training.
  public var seed: Int
  /// Epoch numbers, ascending.
  public var epochs: [Int32]
  /// Training loss of each epoch; a value not finite stands for "not measured".
  public var loss: [Float]
  /// Validation metric of each epoch; a value not finite stands for "not measured".
  public var validation: [Float]

  /// A curve; traps when the three columns differ in length.
  public init(
    label: String, metric: String, backbone: String, seed: Int, epochs: [Int32], loss: [Float],
    validation: [Float]
  ) {
    precondition(
      epochs.count == loss.count && epochs.count == validation.count,
      "a curve has a loss and a validation value for each epoch")
    self.label = label
    self.metric = metric
    self.backbone = backbone
    self.seed = seed
    self.epochs = epochs
    self.loss = loss
    self.validation = validation
  }
}

private func checkUsers(_ users: [Int32]) {
  precondition(
    zip(users, users.dropFirst()).allSatisfy { $0 < $1 }, "users must be strictly ascending")
}
