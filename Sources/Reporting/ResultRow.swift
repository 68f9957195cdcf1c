/// One row of the results contract; its keys are those of `llama4rec results --format json`.
public struct ResultRow: Codable, Sendable, Equatable {
  /// Profile of the run, such as `demo`.
  public var profile: String
  /// The data set's name.
  public var dataset: String
  /// `direct`, `sequential` or `rating`.
  public var task: String
  /// The backbone's name; null for the simple baselines.
  public var backbone: String?
  /// A method name of the contract, such as `llama4rec`.
  public var method: String
  /// `HR@3` … `NDCG@10`, `RMSE` or `MAE`.
  public var metric: String
  /// Mean over the seeds of the metric over the test users.
  public var mean: Double
  /// Sample standard deviation over the seeds; null for one seed.
  public var std: Double?
  /// Number of seeds.
  public var seeds: Int
  /// Number of test users that every seed has.
  public var users: Int
  /// Two-sided paired t-test over users against `bestBaseline`; null without one.
  public var pValue: Double?
  /// `base` or `ift`, whichever is better, for forms of the full system; `base` for the others.
  public var bestBaseline: String?
  /// Relative gain over `bestBaseline`; positive is better, for errors too.
  public var improvementPercent: Double?
  /// For forms of the full system the best row that is none; one of another backbone has its name behind it.
  public var strongest: String?
  /// Two-sided paired t-test over users against `strongest`.
  public var pVersusStrongest: Double?
  /// The paper's value for this row, where it has one.
  public var published: Double?

  /// A row of the results.
  public init(
    profile: String, dataset: String, task: String, backbone: String?, method: String,
    metric: String, mean: Double, std: Double?, seeds: Int, users: Int, pValue: Double? = nil,
    bestBaseline: String? = nil, improvementPercent: Double? = nil, strongest: String? = nil,
    pVersusStrongest: Double? = nil, published: Double? = nil
  ) {
    self.profile = profile
    self.dataset = dataset
    self.task = task
    self.backbone = backbone
    self.method = method
    self.metric = metric
    self.mean = mean
    self.std = std
    self.seeds = seeds
    self.users = users
    self.pValue = pValue
    self.bestBaseline = bestBaseline
    self.improvementPercent = improvementPercent
    self.strongest = strongest
    self.pVersusStrongest = pVersusStrongest
    self.published = published
  }

  /// Writes every key of the contract; absent values become null instead of missing keys.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(profile, forKey: .profile)
    try row.encode(dataset, forKey: .dataset)
    try row.encode(task, forKey: .task)
    try row.encode(backbone, forKey: .backbone)
    try row.encode(method, forKey: .method)
    try row.encode(metric, forKey: .metric)
    try row.encode(mean, forKey: .mean)
    try row.encode(std, forKey: .std)
    try row.encode(seeds, forKey: .seeds)
    try row.encode(users, forKey: .users)
    try row.encode(pValue, forKey: .pValue)
    try row.encode(bestBaseline, forKey: .bestBaseline)
    try row.encode(improvementPercent, forKey: .improvementPercent)
    try row.encode(strongest, forKey: .strongest)
    try row.encode(pVersusStrongest, forKey: .pVersusStrongest)
    try row.encode(published, forKey: .published)
  }

  enum CodingKeys: String, CodingKey {
    case profile, dataset, task, backbone, method, metric, mean, std, seeds, users
    case pValue = "p_value"
    case bestBaseline = "best_baseline"
    case improvementPercent = "improvement_percent"
    case strongest
    case pVersusStrongest = "p_vs_strongest"
    case published
  }
}
