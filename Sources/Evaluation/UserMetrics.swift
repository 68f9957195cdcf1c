public import Artifacts
internal import Foundations

/// What was measured of one backbone under one seed: the artifact schema `user-metrics`.
///
/// M methods, K metrics, V users with a test item, A × B the grid of α₁ and α₂.
public struct UserMetrics: Sendable {
  public var task: RecommendationTask
  /// The backbone's name in the configuration, such as `lightgcn`.
  public var backbone: String
  /// The language model's name, such as `title-llama`; nil where none was asked.
  public var languageModel: String?
  /// The data set's name, such as `ml-100k`.
  public var dataset: String
  /// The seed of every stage behind these values.
  public var seed: Int
  /// The methods, [M].
  public var methods: [Method]
  /// The metrics, [K].
  public var metrics: [Metric]
  /// Users with a test item, strictly ascending, [V].
  public var users: [Int32]
  /// N(u), the training interactions of each of these users, [V].
  public var interactions: [Int32]
  /// How many training interactions each of these users' test items has, [V]; empty where it was not counted.
  public var popularity: [Int32] = []
  /// α_u of the full system for each of these users, [V]; empty without a full system.
  public var weights: [Float] = []
  /// Whether each test item is among the backbone's and the language model's first, [V]; empty where nothing is
  /// listed.
  public var listed = Listed()
  /// Each user's value of each metric under each method, [M, K, V]; squared errors for RMSE.
  public var values: [Float]
  /// Candidate values of α₁, the rows of `map`, [A].
  public var alpha1: [Float]
  /// Candidate values of α₂, the columns of `map`, [B].
  public var alpha2: [Float]
  /// Validation metric of each pair of candidates, [A, B].
  public var map: [Float]
  /// The metric in `map`; nil without a map.
  public var mapMetric: Metric?
  /// What validation chose, by name: `mode`, `alpha1`, `alpha2`, `blend` and whatever else.
  public var choices: [String: String]

  /// The metrics of one run, whose shapes fit the names beside them.
  public init(
    task: RecommendationTask, backbone: String, languageModel: String? = nil, dataset: String,
    seed: Int, methods: [Method],
    metrics: [Metric], users: [Int32], interactions: [Int32], values: [Float],
    alpha1: [Float] = [], alpha2: [Float] = [], map: [Float] = [], mapMetric: Metric? = nil,
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
    self.languageModel = languageModel
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

/// Which test items each side listed as candidates, [V] flags each.
public struct Listed: Sendable, Equatable {
  /// Candidates of each side, k′.
  public var length: Int
  public var byBackbone: [Bool]
  public var byLanguageModel: [Bool]

  public init(length: Int = 0, byBackbone: [Bool] = [], byLanguageModel: [Bool] = []) {
    precondition(byBackbone.count == byLanguageModel.count, "one flag of each side a user")
    self.length = length
    self.byBackbone = byBackbone
    self.byLanguageModel = byLanguageModel
  }
}

/// The per-user metrics of a simple baseline.
///
/// K metrics, V users with a test item. A baseline that depends on a seed comes once a seed.
public struct BaselineMetrics: Sendable {
  public var method: Method
  public var task: RecommendationTask
  /// The data set's name, such as `ml-100k`.
  public var dataset: String
  /// The seed it ran with.
  public var seed: Int
  /// The metrics, [K].
  public var metrics: [Metric]
  /// Users with a test item, strictly ascending, [V].
  public var users: [Int32]
  /// Each user's value of each metric, [K, V].
  public var values: [Float]

  /// The metrics of one baseline, whose shapes fit the names beside them.
  public init(
    method: Method, task: RecommendationTask, dataset: String, seed: Int, metrics: [Metric],
    users: [Int32], values: [Float]
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

extension UserMetrics {
  /// The metadata key of the language model's name, in every artifact that depends on one.
  public static let languageModelKey = "language_model"

  private static let listedKey = "listed"

  private static let schema = Schema(
    "user-metrics",
    [
      .init("methods", .text, [.axis("methods")]),
      .init("metrics", .text, [.axis("metrics")]),
      .init("users", .int32, [.axis("test users")], .rows(of: .users)),
      .init("interactions", .int32, [.axis("test users")], .between(0...Double(Int32.max))),
      .init(
        "popularity", .int32, [.axis("test users")], .between(0...Double(Int32.max)),
        isOptional: true),
      .init("weights", .float32, [.axis("test users")], .between(0...1), isOptional: true),
      .init("listed.backbone", .uint8, [.axis("test users")], .flags, isOptional: true),
      .init("listed.language-model", .uint8, [.axis("test users")], .flags, isOptional: true),
      .init(
        "values", .float32, [.axis("methods"), .axis("metrics"), .axis("test users")],
        .between(0...1e13)),
      .init("map.alpha1", .float32, [.axis("alpha1")], .between(0...1)),
      .init("map.alpha2", .float32, [.axis("alpha2")], .between(0...1)),
      .init("map.values", .float32, [.axis("alpha1"), .axis("alpha2")], .between(0...1e7)),
    ])

  /// Reads an artifact of schema `user-metrics`.
  ///
  /// - Parameter artifact: What aggregate wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    try Self.schema.check(artifact)
    let users = try artifact.int32s("users")
    guard isStrictlyAscending(users) else {
      throw artifact.problem("users", found: "users out of order", expected: "ascending rows")
    }
    let methods = try artifact.text("methods").map(Method.init(rawValue:))
    guard Set(methods).count == methods.count else {
      throw artifact.problem("methods", found: "a method twice", expected: "each method once")
    }
    let metrics = try artifact.text("metrics").map { name in
      guard let metric = Metric(column: name) else {
        throw artifact.problem(
          "metrics", found: name,
          expected: "one of \(Metric.allCases.map(\.column).joined(separator: ", "))")
      }
      return metric
    }
    let choices = try artifact.metadata["choices"].map { text in
      guard case .object(let members)? = JSONValue(parsing: text) else {
        throw artifact.problem(metadata: "choices", expected: "a JSON object of words")
      }
      return members.reduce(into: [String: String]()) { choices, member in
        choices[member.name] = member.value.asString
      }
    }
    self.init(
      task: try artifact.word("task"), backbone: artifact.metadata["backbone"] ?? "",
      languageModel: artifact.metadata[Self.languageModelKey],
      dataset: artifact.metadata["dataset"] ?? "", seed: try artifact.count("seed"),
      methods: methods, metrics: metrics, users: users,
      interactions: try artifact.int32s("interactions"), values: try artifact.floats("values"),
      alpha1: try artifact.floats("map.alpha1"), alpha2: try artifact.floats("map.alpha2"),
      map: try artifact.floats("map.values"),
      mapMetric: artifact.metadata["map.metric"].flatMap(Metric.init(rawValue:)),
      choices: choices ?? [:])
    if artifact.has("popularity") { popularity = try artifact.int32s("popularity") }
    if artifact.has("weights") { weights = try artifact.floats("weights") }
    if artifact.has("listed.backbone"), artifact.has("listed.language-model") {
      listed = Listed(
        length: try artifact.count(Self.listedKey),
        byBackbone: try artifact.bytes("listed.backbone").map { $0 == 1 },
        byLanguageModel: try artifact.bytes("listed.language-model").map { $0 == 1 })
    }
  }

  /// The artifact that `init(artifact:)` reads.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: Self.schema.name,
      metadata: [
        "task": task.rawValue, "backbone": backbone, "dataset": dataset, "seed": "\(seed)",
        "choices": JSONValue.sorted(choices.mapValues { .string($0) }).text,
      ])
    artifact.metadata[Self.languageModelKey] = languageModel
    artifact.metadata["map.metric"] = mapMetric?.rawValue
    artifact.set("methods", text: methods.map(\.rawValue))
    artifact.set("metrics", text: metrics.map(\.column))
    artifact.set("users", int32s: users)
    artifact.set("interactions", int32s: interactions)
    if !popularity.isEmpty { artifact.set("popularity", int32s: popularity) }
    if !weights.isEmpty { artifact.set("weights", floats: weights) }
    if !listed.byBackbone.isEmpty {
      artifact.metadata[Self.listedKey] = "\(listed.length)"
      artifact.set("listed.backbone", bytes: listed.byBackbone.map { $0 ? 1 : 0 })
      artifact.set("listed.language-model", bytes: listed.byLanguageModel.map { $0 ? 1 : 0 })
    }
    artifact.set("values", floats: values, shape: [methods.count, metrics.count, users.count])
    artifact.set("map.alpha1", floats: alpha1)
    artifact.set("map.alpha2", floats: alpha2)
    artifact.set("map.values", floats: map, shape: [alpha1.count, alpha2.count])
    return artifact
  }
}

private func isStrictlyAscending(_ rows: [Int32]) -> Bool {
  zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }
}

private func checkUsers(_ users: [Int32]) {
  precondition(isStrictlyAscending(users), "users must be strictly ascending")
}
