public import Foundations

/// What is wrong with input data: where, what was found, what was expected, what to do next.
public enum DatasetError: DataError, Equatable, Sendable, CustomStringConvertible {
  /// A format needs a file that was not named.
  case missingRole(format: DatasetFormat, role: String)
  /// A file was named for a role that formats do not have.
  case unknownRole(String)
  /// Several files of interactions for a published data set, which is one.
  case severalFiles(format: DatasetFormat)
  /// A generated data set was asked to be read from files.
  case generatedHasNoFiles(DatasetFormat)
  /// A file is missing, may not be read, or does not decompress.
  case unreadable(FileError)
  /// A file without a single record.
  case emptyFile(file: String)
  /// A file with NUL bytes in its first 8 KiB.
  case notText(file: String, offset: Int)
  /// A CSV header without a column that must be there.
  case missingColumn(file: String, column: String, found: [String])
  /// A CSV header that names a column twice.
  case repeatedColumn(file: String, column: String)
  /// A CSV column whose name has a comma or a dot in it, which artifacts keep for themselves.
  case badColumnName(file: String, column: String)
  /// More bad lines than the options allow; `examples` are `file:line: reason`.
  case tooManyBadLines(
    file: String, bad: Int, records: Int, maximumShare: Double, examples: [String])
  /// Reading or filtering left no interaction.
  case noInteractions(reason: String)

  /// True when the data is at fault (exit 65), false when the request is (exit 2).
  public var isDataError: Bool {
    switch self {
    case .missingRole, .unknownRole, .severalFiles, .generatedHasNoFiles: false
    default: true
    }
  }

  public var description: String {
    switch self {
    case .missingRole(let format, let role):
      "format \(format.rawValue) needs a file for '\(role)' and none was given; "
        + "expected files: \(format.requiredRoles.joined(separator: ", "))"
    case .unknownRole(let role):
      "'\(role)' is no role of a data file; expected interactions, items or users"
    case .severalFiles(let format):
      "format \(format.rawValue) has one file of interactions and several were given; only csv takes "
        + "several"
    case .generatedHasNoFiles(let format):
      "the data set \(format.rawValue) is generated, not read from files; leave the files out"
    case .unreadable(let error): "\(error)"
    case .emptyFile(let file):
      "\(file): holds no record; check that the download is complete"
    case .notText(let file, let offset):
      "\(file): not a text file (NUL byte at offset \(offset)); "
        + "expected plain text or one zstd-compressed text file"
    case .missingColumn(let file, let column, let found) where isJSONLines(file):
      "\(file): no line has the name '\(column)' (found: \(found.joined(separator: ", "))); "
        + "expected an object a line, such as {\"user\": \"ann\", \"item\": \"a1\"}"
    case .missingColumn(let file, let column, let found):
      "\(file):1: no column '\(column)' in the header (found: \(found.joined(separator: ", "))); "
        + "the first line must name the columns"
    case .repeatedColumn(let file, let column):
      "\(file):1: the header names column '\(column)' twice; rename one"
    case .badColumnName(let file, let column):
      "\(file):1: column '\(column)' has a comma or a dot in its name; rename it"
    case .tooManyBadLines(let file, let bad, let records, let share, let examples):
      "\(file): \(bad) of \(records) records are bad, more than the allowed share of \(share); "
        + "repair the file or raise preprocess.maximumBadShare. The first:\n  "
        + examples.joined(separator: "\n  ")
    case .noInteractions(let reason):
      "no interaction is left: \(reason)"
    }
  }
}
