internal import Artifacts
internal import StageProtocol
internal import Synchronization

/// What the inputs of a running stage have to have in common.
///
/// Rows of users and items mean something in one data set only, and scores, labels and predictions belong to one
/// model, so artifacts of two are never joined.
final class DatasetGuard: Sendable {
  /// The metadata key of the data set's digest; `preprocess` fills it, and every stage hands it on.
  static let key = "data"
  /// What every artifact of the pipeline says about its data set, handed on likewise.
  static let dataset = [key, Schema.userCount, Schema.itemCount]
  /// What an artifact says about the model that it belongs to; inputs that may be given many times may differ.
  static let model = ["task", "backbone", "seed"]

  /// The first value of each key, and the file that has it.
  private let first = Mutex<[String: (value: String, path: String)]>([:])

  /// The data set of the inputs so far; empty where there was none.
  var facts: [String: String] {
    first.withLock { $0.filter { Self.dataset.contains($0.key) }.mapValues(\.value) }
  }

  /// Takes note of an input.
  ///
  /// - Parameters:
  ///   - artifact: What was read.
  ///   - path: From where.
  ///   - isOneOfMany: Whether it stands beside others that belong to other models.
  /// - Throws: `StageFailure` (65) that names both files where it belongs to another data set or model than an
  ///   earlier input, or does not say to which.
  func check(_ artifact: Artifact, path: String, isOneOfMany: Bool) throws {
    for key in Self.dataset where artifact.metadata[key] == nil {
      throw StageFailure(
        "\(path): found no \(key) in the metadata, expected the data set that the artifact belongs to; "
          + "run the stage that writes it again", exitCode: .badData)
    }
    for key in Self.dataset + (isOneOfMany ? [] : Self.model) {
      guard let value = artifact.metadata[key] else { continue }
      let earlier = first.withLock { first in
        if first[key] == nil { first[key] = (value, path) }
        return first[key]
      }
      guard let earlier, earlier.value != value else { continue }
      let isDigest = key == Self.key
      func shown(_ value: String) -> String { isDigest ? "\(value.prefix(8))…" : value }
      throw StageFailure(
        "found \(isDigest ? "data set" : key) \(shown(value)) in \(path), expected "
          + "\(shown(earlier.value)) as in \(earlier.path); give artifacts of "
          + (Self.dataset.contains(key) ? "one run of preprocess" : "the same model"),
        exitCode: .badData)
    }
  }
}
