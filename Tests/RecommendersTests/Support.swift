import Datasets
import Evaluation
import Foundation
import Foundations
import Recommenders
import Tensors
import TestSupport
import Testing

/// One BLAS thread for all tests, set before the first.
let oneThread: Void = BLAS.setThreads(1)

/// Users like the items of their own parity: each has most of them, one is held out.
///
/// Ratings are 5 for the own parity and 1 for the few items of the other.
func checkerboard(users: Int = 24, items: Int = 20) -> TrainingData {
  var lists: [[Int32]] = []
  var ratings: [[Float]] = []
  var heldOut: [Int32] = []
  var random = SeededRandom(seed: 5)
  for user in 0..<users {
    var own = (0..<Int32(items)).filter { Int($0) % 2 == user % 2 }
    var other = (0..<Int32(items)).filter { Int($0) % 2 != user % 2 }
    random.shuffle(&own)
    random.shuffle(&other)
    heldOut.append(own.removeLast())
    own.removeLast(2)
    lists.append(other.prefix(1) + own)
    ratings.append([1] + [Float](repeating: 5, count: own.count))
  }
  return TrainingData(
    train: histories(lists, ratings: ratings, itemCount: items),
    validation: targets(heldOut, ratings: [Float](repeating: 5, count: users)),
    questions: (0..<users).map { Int32(($0 + 1) % 2) })
}

/// Every user walks up the items in a circle, from a place of their own.
func circles(users: Int = 24, items: Int = 12, length: Int = 7) -> TrainingData {
  TrainingData(
    train: histories(
      (0..<users).map { user in (0..<length).map { Int32((user + $0) % items) } },
      itemCount: items),
    validation: targets((0..<users).map { Int32(($0 + length) % items) }))
}

/// The models of ratings that learn embeddings of fields.
let fieldModels = backbones(of: .rating)

/// The models of a task without its baselines.
func backbones(of task: RecommendationTask) -> [BackboneName] {
  BackboneName.allCases.filter { $0.task == task && !$0.isBaseline }
}

/// Settings small enough for tests, of which no default is hidden.
func small(_ name: BackboneName) -> BackboneConfiguration {
  var configuration = BackboneConfiguration.defaults(for: name)
  configuration.embeddingDimension = 8
  configuration.batchSize = 16
  configuration.epochs = 6
  configuration.patience = 6
  configuration.maximumLength = 5
  configuration.hiddenUnits = configuration.hiddenUnits.isEmpty ? [] : [8, 4]
  configuration.interactionUnits = [8, 4]
  return configuration
}

extension TrainingData {
  /// A sensible data set for a backbone of any task.
  static func suitable(for name: BackboneName) -> TrainingData {
    name.task == .sequential ? circles() : checkerboard()
  }
}

func train(
  _ name: BackboneName, _ data: TrainingData, _ configuration: BackboneConfiguration,
  candidates: Int = 5, foldPositions: Int = 0, seed: UInt64 = 1,
  monitor: any TrainingMonitor = SilentMonitor()
) throws -> TrainedBackbone {
  _ = oneThread
  return try trainBackbone(
    name, data: data, configuration: configuration, candidates: candidates,
    folds: foldPositions > 0 ? FoldPositions(of: data.train, limit: foldPositions) : nil,
    seed: seed, monitor: monitor)
}

extension TrainedBackbone {
  /// A parameter by name.
  func parameter(_ name: String) throws -> Matrix {
    try #require(model.parameters.first { $0.name == name }, "no parameter \(name)").value
  }
}

/// MovieLens 100K, where it is at hand.
enum MovieLens {
  static let directory: URL = {
    if let path = ProcessInfo.processInfo.environment["LLAMA4REC_DATA"] {
      return URL(fileURLWithPath: path)
    }
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return root.deletingLastPathComponent().appendingPathComponent("shared/data")
  }()

  static var files: [String: String] {
    DatasetFormat.movielens100k.standardFiles.compactMapValues { name in
      ["", ".zst"].map { directory.appendingPathComponent(name + $0).path }
        .first { FileManager.default.fileExists(atPath: $0) }
    }
  }

  static var isPresent: Bool { files.count == 3 }

  static func split() throws -> Split {
    leaveOneOut(try readDataset(format: .movielens100k, files: files).0)
  }
}
