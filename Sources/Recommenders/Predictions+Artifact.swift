public import Artifacts
public import Datasets
internal import Evaluation
internal import Foundations
internal import Tensors

extension Predictions {
  /// What predictions of a task hold; out-of-fold predictions are there or not, as a whole.
  private static func schema(_ task: RecommendationTask, folds: Bool) -> Schema {
    var schema = Schema(
      "predictions",
      [
        .init(
          "user-embeddings", .float32, [.axis(.users), .axis("dimensions")], .numbers)
      ])
    for moment in ["validation", "test"] {
      schema.columns +=
        task == .rating
        ? [.init("\(moment).ratings", .float32, [.axis(.users)], .numbers)]
        : lists(moment, of: .users)
    }
    if task != .rating { schema.columns += lists("next", of: .users, isOptional: true) }
    guard folds else { return schema }
    schema.columns += [
      .init("fold.users", .int32, [.axis("fold positions")], .rows(of: .users)),
      .init(
        "fold.positions", .int32, [.axis("fold positions")], .between(0...Double(Int32.max))),
      .init(
        "fold.user-embeddings", .float32, [.axis(.users), .axis("fold dimensions")], .numbers),
    ]
    schema.columns +=
      task == .rating
      ? [.init("fold.ratings", .float32, [.axis("fold positions")], .numbers)]
      : lists("fold", of: "fold positions")
    return schema
  }

  private static func lists(
    _ name: String, of axis: Schema.Axis, isOptional: Bool = false
  ) -> [Schema.Column] {
    let shape: [Schema.Length] = [.axis(axis), .axis("candidates")]
    return [
      .init(
        "\(name).items", .int32, shape, .rowsOrNone(of: .items), isOptional: isOptional),
      .init("\(name).scores", .float32, shape, .numbers, isOptional: isOptional),
    ]
  }

  /// The key of the metadata that says why a simple baseline was left out; such predictions measure nothing.
  public static let leftOutKey = "left-out"

  /// Reads an artifact of schema `predictions`.
  ///
  /// - Parameters:
  ///   - artifact: What a training stage wrote.
  ///   - train: What it was trained on, where the held-out positions are looked up.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact, of train: Histories) throws {
    try self.init(artifact: artifact)
    guard let fold else { return }
    let misplaced = fold.users.indices.first {
      Int(fold.positions[$0]) >= train.count(of: Int(fold.users[$0]))
    }
    if let misplaced {
      throw artifact.problem(
        "fold.positions", found: "\(fold.positions[misplaced]) in row \(misplaced)",
        expected:
          "a position of user \(fold.users[misplaced])'s \(train.count(of: Int(fold.users[misplaced]))) "
          + "training interactions")
    }
  }

  /// Reads an artifact of schema `predictions` whose held-out positions are not looked up.
  ///
  /// - Parameter artifact: What a training stage wrote.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    let task: RecommendationTask = try artifact.word("task")
    let lengths = try Self.schema(task, folds: artifact.has("fold.users")).check(artifact)
    func matrix(_ name: String) throws -> Matrix {
      let shape = try artifact.shape(of: name)
      return Matrix(rows: shape[0], columns: shape[1], values: try artifact.floats(name))
    }
    self.init(
      task: task, candidates: lengths["candidates"],
      userEmbeddings: try matrix("user-embeddings"))
    if task == .rating {
      validationRatings = try artifact.floats("validation.ratings")
      testRatings = try artifact.floats("test.ratings")
    } else {
      validationItems = try artifact.int32s("validation.items")
      validationScores = try artifact.floats("validation.scores")
      testItems = try artifact.int32s("test.items")
      testScores = try artifact.floats("test.scores")
      if artifact.has("next.items") {
        nextItems = try artifact.int32s("next.items")
        nextScores = try artifact.floats("next.scores")
      }
    }
    guard artifact.has("fold.users") else { return }
    var fold = FoldPredictions(
      users: try artifact.int32s("fold.users"), positions: try artifact.int32s("fold.positions"),
      userEmbeddings: try matrix("fold.user-embeddings"))
    if task == .rating {
      fold.ratings = try artifact.floats("fold.ratings")
    } else {
      fold.items = try artifact.int32s("fold.items")
      fold.scores = try artifact.floats("fold.scores")
    }
    self.fold = fold
  }

  /// The artifact that `init(artifact:)` reads.
  ///
  /// - Parameters:
  ///   - backbone: Which model predicted.
  ///   - seed: Its seed.
  /// - Returns: Schema `predictions`, version 1.
  public func artifact(backbone: BackboneName, seed: Int) -> Artifact {
    var artifact = Artifact(
      schema: "predictions",
      metadata: ["task": task.rawValue, "backbone": backbone.rawValue, "seed": "\(seed)"])
    func set(_ name: String, _ matrix: Matrix) {
      artifact.set(name, floats: matrix.values, shape: [matrix.rows, matrix.columns])
    }
    func set(_ name: String, rows: Int, _ items: [Int32], _ scores: [Float]) {
      artifact.set("\(name).items", int32s: items, shape: [rows, candidates])
      artifact.set("\(name).scores", floats: scores, shape: [rows, candidates])
    }
    set("user-embeddings", userEmbeddings)
    if task == .rating {
      artifact.set("validation.ratings", floats: validationRatings)
      artifact.set("test.ratings", floats: testRatings)
    } else {
      set("validation", rows: userEmbeddings.rows, validationItems, validationScores)
      set("test", rows: userEmbeddings.rows, testItems, testScores)
      if !nextItems.isEmpty { set("next", rows: userEmbeddings.rows, nextItems, nextScores) }
    }
    guard let fold else { return artifact }
    artifact.set("fold.users", int32s: fold.users)
    artifact.set("fold.positions", int32s: fold.positions)
    set("fold.user-embeddings", fold.userEmbeddings)
    if task == .rating {
      artifact.set("fold.ratings", floats: fold.ratings)
    } else {
      set("fold", rows: fold.users.count, fold.items, fold.scores)
    }
    return artifact
  }
}
