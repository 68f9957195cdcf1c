import Artifacts
import Datasets
import Foundation
import Foundations

/// A folder for the files of one test, removed with `remove()`.
struct Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/datasets-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file in ISO-8859-1, which for ASCII is UTF-8 as well; its path.
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, bytes: text.unicodeScalars.map { UInt8($0.value) })
  }

  func write(_ name: String, bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try Files.writeAtomically(bytes, to: file)
    return file
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// The folder of the published data sets: `LLAMA4REC_DATA`, else `../shared/data` of the package.
let dataFolder: String =
  ProcessInfo.processInfo.environment["LLAMA4REC_DATA"]
  ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "shared/data").path

/// Whether the files of a format are there.
func hasData(_ format: DatasetFormat) -> Bool {
  format.files(in: dataFolder).values.allSatisfy { FileManager.default.fileExists(atPath: $0) }
}

/// Raw data without attributes; rows are `(user, item, rating, time)`.
func rawData(
  users: Int, items: Int, _ rows: [(Int32, Int32, Float, Int64)], hasTimes: Bool = true
) -> RawData {
  func entities(_ prefix: String, _ count: Int) -> Entities {
    Entities(
      ids: (0..<count).map { "\(prefix)\($0)" }, titles: (0..<count).map { "\(prefix)\($0)" },
      attributes: [])
  }
  return RawData(
    users: entities("u", users), items: entities("i", items), interactionUsers: rows.map(\.0),
    interactionItems: rows.map(\.1), ratings: rows.map(\.2), times: rows.map(\.3),
    hasTimes: hasTimes, likeThreshold: 4)
}
