public import Artifacts
public import Foundations
internal import Tensors

/// A `predictions` artifact whose columns do not fit together.
public struct PredictionsError: DataError, Equatable, CustomStringConvertible {
  public let description: String
  public var isDataError: Bool { true }
}

extension Predictions {
  /// Reads an artifact of schema `predictions`.
  ///
  /// - Parameter artifact: What a training stage wrote.
  /// - Throws: `PredictionsError` where columns do not fit together, and the container's errors where one is
  ///   missing.
  public init(artifact: Artifact) throws {
    func fail(_ problem: String) -> PredictionsError {
      PredictionsError(
        description: "predictions\(artifact.path.map { " \($0)" } ?? ""): \(problem); "
          + "run the stage that wrote them again")
    }
    func matrix(_ name: String) throws -> Matrix {
      let shape = try artifact.shape(of: name)
      guard shape.count == 2 else {
        throw fail("\(name) has shape \(shape), expected two dimensions")
      }
      return Matrix(rows: shape[0], columns: shape[1], values: try artifact.floats(name))
    }
    func list(_ name: String, rows: Int, length: Int) throws -> ([Int32], [Float]) {
      let items = try artifact.int32s("\(name).items")
      let scores = try artifact.floats("\(name).scores")
      guard items.count == rows * length, scores.count == items.count else {
        throw fail("\(name) holds \(items.count) items, expected \(rows) × \(length)")
      }
      return (items, scores)
    }
    guard let task = artifact.metadata["task"].flatMap(RecommendationTask.init(rawValue:)) else {
      throw fail("task is \(artifact.metadata["task"] ?? "missing")")
    }
    let embeddings = try matrix("user-embeddings")
    var length = 0
    if task != .rating {
      let shape = try artifact.shape(of: "test.items")
      guard shape.count == 2 else { throw fail("test.items has shape \(shape)") }
      length = shape[1]
    }
    self.init(task: task, candidates: length, userEmbeddings: embeddings)
    if task == .rating {
      validationRatings = try artifact.floats("validation.ratings")
      testRatings = try artifact.floats("test.ratings")
    } else {
      (validationItems, validationScores) = try list(
        "validation", rows: embeddings.rows, length: length)
      (testItems, testScores) = try list("test", rows: embeddings.rows, length: length)
    }
    guard artifact.has("fold.users") else { return }
    var fold = FoldPredictions(
      users: try artifact.int32s("fold.users"), positions: try artifact.int32s("fold.positions"),
      userEmbeddings: try matrix("fold.user-embeddings"))
    guard fold.users.count == fold.positions.count else { throw fail("fold.positions") }
    if task == .rating {
      fold.ratings = try artifact.floats("fold.ratings")
      guard fold.ratings.count == fold.users.count else { throw fail("fold.ratings") }
    } else {
      (fold.items, fold.scores) = try list("fold", rows: fold.users.count, length: length)
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
