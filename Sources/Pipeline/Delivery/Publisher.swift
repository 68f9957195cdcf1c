import Artifacts
import Foundation
import Foundations
import Glibc

/// Makes publications of a profile; the caller holds the lock of the store.
///
/// A folder is filled under a temporary name and gets its real one when it is whole, then the link is replaced. Both
/// are one rename: whoever looks, and a run that is killed in between, finds the old lists or the new ones.
package struct Publisher {
  let store: Store
  let profile: String

  package init(_ store: Store, profile: String) {
    self.store = store
    self.profile = profile
  }

  /// Makes a publication, which nobody sees before `swap`.
  ///
  /// - Parameters:
  ///   - files: Objects of the store.
  ///   - evaluation: What stands beside them.
  ///   - name: The folder's name.
  /// - Throws: `FileError`.
  package func prepare(
    _ files: [ActionRecord.Output], _ evaluation: PublishedEvaluation, name: String
  ) throws {
    let folder = store.publicationsPath(profile)
    let temporary = "\(folder)/.next"
    try? FileManager.default.removeItem(atPath: temporary)
    try Files.makeFolder(temporary)
    for file in files { try store.place(file.digest, at: "\(temporary)/\(file.file)") }
    try Files.writeAtomically(
      try Records.encode(evaluation, pretty: true),
      to: "\(temporary)/\(Publication.evaluationFile)")
    try Files.rename(temporary, to: "\(folder)/\(name)")
  }

  /// Has readers find a publication that is whole.
  ///
  /// - Parameter name: Its folder's name.
  /// - Throws: `FileError`.
  package func swap(to name: String) throws {
    let link = store.publishedPath(profile)
    let temporary = "\(link).next"
    try Files.makeFolder(store.path(profile))
    unlink(temporary)
    guard symlink("../publications/\(profile)/\(name)", temporary) == 0 else {
      throw FileError(path: link, operation: "write", code: errno)
    }
    try Files.rename(temporary, to: link)
  }

  /// Whether readers have these files and figures.
  func isPublished(_ files: [ActionRecord.Output], _ evaluation: PublishedEvaluation) -> Bool {
    guard let published = try? Publication(store, profile: profile),
      published.evaluation.agrees(with: evaluation)
    else { return false }
    return files.allSatisfy { file in
      let path = "\(published.folder)/\(file.file)"
      return Files.areOne(path, store.objectPath(file.digest))
        || (try? Digest.sha256(fileAt: path)) == file.digest
    }
  }
}
