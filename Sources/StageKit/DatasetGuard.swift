internal import Artifacts
internal import StageProtocol
internal import Synchronization

/// Which data set a running stage works on, by the digest that its inputs carry.
///
/// Rows of users and items mean something in one data set only, so artifacts of two are never joined.
final class DatasetGuard: Sendable {
  /// The metadata key that `preprocess` fills and that every stage hands on.
  static let key = "data"

  private let first = Mutex<(digest: String, path: String)?>(nil)

  /// The digest of the inputs so far; nil where none has one.
  var digest: String? { first.withLock { $0?.digest } }

  /// Takes note of an input.
  ///
  /// Throws `StageFailure` (65) naming both files where it is of another data set than an earlier one.
  func check(_ artifact: Artifact, path: String) throws {
    guard let digest = artifact.metadata[Self.key] else { return }
    let earlier = first.withLock { first in
      if first == nil { first = (digest, path) }
      return first
    }
    if let earlier, earlier.digest != digest {
      throw StageFailure(
        "found data set \(digest.prefix(8))… in \(path), expected \(earlier.digest.prefix(8))… as in "
          + "\(earlier.path); give artifacts of one run of preprocess", exitCode: .badData)
    }
  }
}
