public import Artifacts
public import Foundations

/// One row of the results contract; its keys are those of `llama4rec results --format json`.
public struct ResultRow: Decodable, Sendable, Equatable {
  /// Profile of the run, such as `demo`.
  public var profile: String
  /// The data set's name.
  public var dataset: String
  public var task: RecommendationTask
  /// The backbone's name; null for the simple baselines.
  public var backbone: String?
  /// The language model's name; null for rows that need none.
  public var languageModel: String?
  public var method: Method
  public var metric: Metric
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
  public var bestBaseline: Method?
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
    profile: String, dataset: String, task: RecommendationTask, backbone: String?,
    languageModel: String? = nil, method: Method, metric: Metric, mean: Double, std: Double?,
    seeds: Int, users: Int, pValue: Double? = nil,
    bestBaseline: Method? = nil, improvementPercent: Double? = nil, strongest: String? = nil,
    pVersusStrongest: Double? = nil, published: Double? = nil
  ) {
    self.profile = profile
    self.dataset = dataset
    self.task = task
    self.backbone = backbone
    self.languageModel = languageModel
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

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case profile, dataset, task, backbone
    case languageModel = "language_model"
    case method, metric, mean, std, seeds, users
    case pValue = "p_value"
    case bestBaseline = "best_baseline"
    case improvementPercent = "improvement_percent"
    case strongest
    case pVersusStrongest = "p_vs_strongest"
    case published
  }
}

extension ResultRow {
  /// The keys of the contract in its order.
  public static let keys = CodingKeys.allCases.map(\.rawValue)

  /// The values in the order of `keys`, null where absent.
  public var values: [JSONValue] {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return CodingKeys.allCases.map { key in
      switch key {
      case .profile: .string(profile)
      case .dataset: .string(dataset)
      case .task: .string(task.rawValue)
      case .backbone: text(backbone)
      case .languageModel: text(languageModel)
      case .method: .string(method.rawValue)
      case .metric: .string(metric.rawValue)
      case .mean: .number(mean)
      case .std: number(std)
      case .seeds: .integer(seeds)
      case .users: .integer(users)
      case .pValue: number(pValue)
      case .bestBaseline: text(bestBaseline?.rawValue)
      case .improvementPercent: number(improvementPercent)
      case .strongest: text(strongest)
      case .pVersusStrongest: number(pVersusStrongest)
      case .published: number(published)
      }
    }
  }
}

extension [ResultRow] {
  private static let texts: [ResultRow.CodingKeys] = [
    .dataset, .task, .backbone, .languageModel, .method, .metric, .bestBaseline, .strongest,
  ]
  private static let numbers: [ResultRow.CodingKeys] = [
    .mean, .std, .pValue, .improvementPercent, .pVersusStrongest, .published,
  ]
  private static let counts: [ResultRow.CodingKeys] = [.seeds, .users]

  /// NaN and the empty text stand for null.
  private static let schema = Schema(
    "results",
    texts.map { .init($0.rawValue, .text, [.axis("rows")]) }
      + numbers.map { .init($0.rawValue, .float32, [.axis("rows")]) }
      + counts.map {
        .init($0.rawValue, .int32, [.axis("rows")], .between(0...Double(Int32.max)))
      })

  /// Reads an artifact of schema `results`, read with numbers that are not finite.
  ///
  /// - Parameters:
  ///   - artifact: What report wrote.
  ///   - profile: The profile to name in every row.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact, profile: String) throws {
    let count = try Self.schema.check(artifact)["rows"]
    var texts: [ResultRow.CodingKeys: [String]] = [:]
    var numbers: [ResultRow.CodingKeys: [Float]] = [:]
    for key in Self.texts { texts[key] = try artifact.text(key.rawValue) }
    for key in Self.numbers { numbers[key] = try artifact.floats(key.rawValue) }
    let seeds = try artifact.int32s("seeds")
    let users = try artifact.int32s("users")
    self = try (0..<count).map { row in
      func text(_ key: ResultRow.CodingKeys) -> String? {
        texts[key].flatMap { $0[row].isEmpty ? nil : $0[row] }
      }
      // A Float's own digits are shorter than those of the Double with the same value.
      func number(_ key: ResultRow.CodingKeys) -> Double? {
        numbers[key].flatMap { $0[row].isFinite ? Double("\($0[row])") : nil }
      }
      func word<Word: RawRepresentable<String>>(_ key: ResultRow.CodingKeys) throws -> Word {
        guard let word = text(key).flatMap(Word.init(rawValue:)) else {
          throw artifact.problem(
            key.rawValue, found: "'\(text(key) ?? "")' in row \(row)",
            expected: "a \(key.rawValue) of the results contract")
        }
        return word
      }
      guard let mean = number(.mean) else {
        throw artifact.problem("mean", found: "no number in row \(row)", expected: "a mean")
      }
      return ResultRow(
        profile: profile, dataset: text(.dataset) ?? "", task: try word(.task),
        backbone: text(.backbone), languageModel: text(.languageModel), method: try word(.method),
        metric: try word(.metric),
        mean: mean, std: number(.std), seeds: Int(seeds[row]), users: Int(users[row]),
        pValue: number(.pValue), bestBaseline: text(.bestBaseline).map(Method.init(rawValue:)),
        improvementPercent: number(.improvementPercent), strongest: text(.strongest),
        pVersusStrongest: number(.pVersusStrongest), published: number(.published))
    }
  }

  /// The artifact that `init(artifact:profile:)` reads; write it allowing numbers that are not finite.
  public func artifact() -> Artifact {
    var artifact = Artifact(schema: Self.schema.name)
    let values = map {
      Dictionary(uniqueKeysWithValues: zip(ResultRow.CodingKeys.allCases, $0.values))
    }
    for key in Self.texts {
      artifact.set(
        key.rawValue,
        text: values.map { $0[key]?.asString ?? "" })
    }
    for key in Self.numbers {
      artifact.set(
        key.rawValue,
        floats: values.map { $0[key]?.asNumber.map { Float($0) } ?? .nan })
    }
    artifact.set("seeds", int32s: map { Int32($0.seeds) })
    artifact.set("users", int32s: map { Int32($0.users) })
    return artifact
  }
}
