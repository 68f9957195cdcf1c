import Artifacts
public import Datasets
public import Evaluation
import Foundation
import Foundations

/// The lists of a profile that readers have: `artifacts/PROFILE/published`.
///
/// That is a symbolic link to a folder of `artifacts/publications/PROFILE/`, which does not change any more. A reader
/// follows the link once, so that all it reads belongs together.
public struct Publication: Sendable {
  /// The link's name in the profile's folder.
  static let link = "published"
  /// What `--force` calls publishing.
  public static let step = "publish"
  static let listsFile = "recommendations.safetensors.zst"
  static let tableFile = "recommendations.csv"
  static let deliveryFile = "delivery.json"
  static let evaluationFile = "evaluation.json"

  /// The folder that the link led to.
  public let folder: String
  public let evaluation: PublishedEvaluation
  /// The path of the CSV under the link, which stays when other lists are published.
  public let tablePath: String

  /// What is published of a profile; nil where nothing is.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - profile: The profile.
  /// - Throws: `FileError` or `ConfigurationError` where what is published cannot be read.
  public init?(_ store: Store, profile: String) throws {
    guard let folder = Self.folder(store, profile: profile) else { return nil }
    self.folder = folder
    evaluation = try PublishedEvaluation(contentsOf: "\(folder)/\(Self.evaluationFile)")
    tablePath = "\(store.publishedPath(profile))/\(Self.tableFile)"
  }

  /// The folder that the link of a profile leads to.
  static func folder(_ store: Store, profile: String) -> String? {
    let target = try? FileManager.default.destinationOfSymbolicLink(
      atPath: store.publishedPath(profile))
    return target.map { store.path("\(profile)/\($0)") }
  }

  /// Whose lists these are.
  ///
  /// - Throws: `FileError` or `DeliveryError`.
  public func delivery() throws -> Delivery {
    try Delivery(contentsOf: "\(folder)/\(Self.deliveryFile)")
  }

  /// The lists.
  ///
  /// - Throws: `FileError` or `ArtifactError`.
  public func recommendations() throws -> Recommendations {
    try Recommendations(artifact: Artifact(contentsOf: "\(folder)/\(Self.listsFile)"))
  }
}

extension Store {
  func publishedPath(_ profile: String) -> String { path("\(profile)/\(Publication.link)") }

  func publicationsPath(_ profile: String) -> String { path("publications/\(profile)") }
}
