public import Evaluation
public import Foundation
import Foundations

/// What lists measure on held-out data, as it stands beside them: `evaluation.json`.
public struct PublishedEvaluation: Codable, Sendable, Equatable {
  public var profile: String
  public var dataset: String
  public var task: RecommendationTask
  public var backbone: String
  /// NDCG@5, or RMSE for ratings.
  public var metric: Metric
  /// The full system's mean over the seeds.
  public var mean: Double
  /// How many seeds.
  public var seeds: Int
  /// How many test users.
  public var users: Int
  /// When the lists were published.
  public var time: Date

  /// Takes the figures of a cell from a profile's results.
  ///
  /// - Parameters:
  ///   - delivery: The cell.
  ///   - results: All results of the profile.
  ///   - path: The file that they come from, for the error.
  ///   - time: When the lists are published.
  /// - Throws: `ConfigurationError` where the results have no such cell.
  package init(
    of delivery: Delivery, in results: Results, path: String, time: Date
  ) throws(ConfigurationError) {
    let row = results.headline.rows.first {
      $0.task == delivery.task && $0.backbone == delivery.backbone && $0.method == .llama4rec
    }
    guard let row else {
      throw ConfigurationError(
        path,
        found: "no figure of \(Method.llama4rec) for \(delivery.task.rawValue), "
          + delivery.backbone,
        expected: "one for the cell that \(Project.choosingStage) chose")
    }
    profile = row.profile
    dataset = row.dataset
    task = row.task
    backbone = delivery.backbone
    metric = row.metric
    mean = row.mean
    seeds = row.seeds
    users = row.users
    self.time = time
  }

  /// Reads what was published with lists.
  ///
  /// - Parameter path: `evaluation.json`.
  /// - Throws: `FileError`, or `ConfigurationError` where it is not what was written.
  init(contentsOf path: String) throws {
    let bytes = try Files.readStored(path)
    do {
      self = try Records.decode(PublishedEvaluation.self, from: bytes)
    } catch {
      throw ConfigurationError(
        path, found: "no evaluation",
        expected: "the JSON that was published with the lists; "
          + "--force \(Publication.step) replaces it")
    }
  }

  /// `NDCG@5 0.0790`.
  var figure: String { "\(metric.rawValue) \(Format.decimal(mean, 4))" }

  /// `NDCG@5 of ml-100k, direct`.
  var protocolName: String { "\(metric.rawValue) of \(dataset), \(task.rawValue)" }

  /// Whether two say the same, whenever that was.
  func agrees(with other: PublishedEvaluation) -> Bool {
    var other = other
    other.time = time
    return self == other
  }
}
