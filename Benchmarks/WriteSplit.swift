import ArgumentParser
import Datasets
import Foundation

/// Writes the split as text, so that the peers train on exactly the same samples.
///
/// `train.tsv`, `validation.tsv` and `test.tsv` have a line an interaction: user, item, rating; train
/// in time order within a user. `users.tsv` and `items.tsv` have a line a user or item with the
/// encoded values of each field, several values parted by commas, under a line of `NAME:CARDINALITY`.
struct WriteSplit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Write the split as text for the peers.")

  @OptionGroup var source: DataOptions
  @Option(help: "The directory to write to.")
  var output: String

  func run() throws {
    let split = try source.load()
    try FileManager.default.createDirectory(
      atPath: output, withIntermediateDirectories: true)
    let train = split.train
    try write("train.tsv") { line in
      for user in 0..<train.userCount {
        for (item, rating) in zip(train.items(of: user), train.ratings(of: user)) {
          line("\(user)\t\(item)\t\(rating)")
        }
      }
    }
    try write(split.validation, to: "validation.tsv")
    try write(split.test, to: "test.tsv")
    let fields = split.features.fields
    try write(fields.filter { $0.side == .user }, to: "users.tsv", rows: split.users.count)
    try write(fields.filter { $0.side == .item }, to: "items.tsv", rows: split.catalogue.count)
  }

  private func write(_ targets: Targets, to name: String) throws {
    try write(name) { line in
      for (user, item) in targets.items.enumerated() where item >= 0 {
        line("\(user)\t\(item)\t\(targets.ratings[user])")
      }
    }
  }

  private func write(_ fields: [FeatureTable.Field], to name: String, rows: Int) throws {
    try write(name) { line in
      line(fields.map { "\($0.name):\($0.cardinality)" }.joined(separator: "\t"))
      for row in 0..<rows {
        let cells = fields.map { field in
          field.values(of: row).map { "\($0)" }.joined(separator: ",")
        }
        line(cells.joined(separator: "\t"))
      }
    }
  }

  /// Collects the lines of a file, and writes it.
  private func write(_ name: String, lines: ((String) -> Void) -> Void) throws {
    var text = ""
    lines { text += $0 + "\n" }
    try text.write(toFile: "\(output)/\(name)", atomically: true, encoding: .utf8)
  }
}
