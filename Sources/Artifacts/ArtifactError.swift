/// An artifact that cannot be used: which file, what is wrong with it, and what to do.
public struct ArtifactError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Everything a reader may find wrong.
  public enum Problem: Error, Equatable, Sendable {
    /// The zstd frames around the data are damaged, cut off, too large or no zstd at all.
    case container(ZstdError)
    /// The file ends before the eight bytes of the header length, or before the header's end.
    case headerCutOff(found: Int, expected: Int)
    /// The header is larger than the reader allows.
    case headerTooLarge(found: UInt64, limit: Int)
    /// The header is not the JSON that safetensors asks for.
    case badHeader(String)
    /// The column's dtype is one that artifacts do not use.
    case unknownType(name: String, found: String)
    /// The data of the column lie outside the file.
    case offsetsOutside(name: String, found: [Int], dataBytes: Int)
    /// The data of the column start before or after the end of the column that precedes it.
    case offsetsNotAdjoining(name: String, found: Int, expected: Int)
    /// Bytes after the data of the last column.
    case unusedData(found: Int, expected: Int)
    /// The shape does not multiply to the bytes of the column.
    case sizeMismatch(name: String, shape: [Int], found: Int)
    /// The artifact format is one this reader does not know.
    case wrongFormat(found: String, expected: String)
    /// Another kind of artifact.
    case wrongSchema(found: String, expected: String)
    /// The right kind of artifact in another version.
    case wrongVersion(schema: String, found: String, expected: Int)
    /// A text column that is not UTF-8, or is cut within a character.
    case invalidText(name: String, byte: Int)
    /// A text column whose offsets do not start at 0, fall, or do not end with the bytes.
    case badTextOffsets(name: String, row: Int, found: String, expected: String)
    /// An infinity or NaN.
    case nonFinite(name: String, index: Int, found: String)
    /// There is no such column.
    case missingColumn(name: String, columns: [String])
    /// The column holds something else than what was asked for.
    case wrongColumnType(name: String, found: ColumnType, expected: ColumnType)
    /// The column is longer or shorter than what it belongs to.
    case wrongShape(name: String, found: [Int], expected: String)
    /// A value that the schema does not allow.
    case badValue(name: String, index: Int, found: String, expected: String)
    /// A fact of the metadata that is missing or cannot be.
    case badMetadata(key: String, found: String?, expected: String)
    /// Something in a column that contradicts the rest of the artifact.
    case contradiction(name: String, found: String, expected: String)
  }

  /// The file, or a description of the artifact in memory.
  public let path: String
  /// What is wrong.
  public let problem: Problem
  /// The stage that wrote the file, where its metadata could be read.
  public let stage: String?

  /// Makes an error about one artifact.
  public init(path: String, problem: Problem, stage: String? = nil) {
    self.path = path
    self.problem = problem
    self.stage = stage
  }

  public var description: String { "\(path): \(problem.finding); \(advice)" }

  private var advice: String {
    switch problem {
    case .container(.tooLarge), .headerTooLarge:
      "delete the file if it is not yours, or read it with higher limits"
    case .container(.notZstd), .unknownType:
      "name an artifact (a .safetensors.zst file that a stage wrote)"
    case .wrongSchema:
      "give the path of the right artifact" + (stage.map { " (stage \($0) wrote this one)" } ?? "")
    case .wrongFormat, .wrongVersion:
      "delete the file and run \(stageName) again with this version of the program"
    case .nonFinite:
      "the computation diverged or its input was damaged: check the parameters of \(stageName) "
        + "(such as the learning rate) and run it again"
    case .missingColumn, .wrongColumnType:
      "check that this is the right artifact, or run \(stageName) again"
    default:
      "delete the file and run \(stageName) again"
    }
  }

  private var stageName: String { stage.map { "stage \($0)" } ?? "the stage that wrote it" }
}

extension ArtifactError.Problem {
  /// What was found and what was expected.
  package var finding: String {
    switch self {
    case .container(let error): "\(error)"
    case .headerCutOff(let found, let expected):
      "found \(found) bytes of safetensors, expected at least \(expected)"
    case .headerTooLarge(let found, let limit):
      "found a header of \(found) bytes, expected at most \(limit)"
    case .badHeader(let reason): "found a header that is no safetensors header: \(reason)"
    case .unknownType(let name, let found):
      "column \(name): found dtype \(found), expected one of F64, F32, I64, I32, U8"
    case .offsetsOutside(let name, let found, let dataBytes):
      "column \(name): found data_offsets \(found), expected two offsets in rising order "
        + "within 0...\(dataBytes)"
    case .offsetsNotAdjoining(let name, let found, let expected):
      "column \(name): found data starting at \(found), expected \(expected), where the column "
        + "before it ends"
    case .unusedData(let found, let expected):
      "found \(found) bytes of data, expected \(expected), the end of the last column"
    case .sizeMismatch(let name, let shape, let found):
      "column \(name): found \(found) bytes, expected what shape \(shape) holds"
    case .wrongFormat(let found, let expected):
      "found artifact format \(found), expected \(expected)"
    case .wrongSchema(let found, let expected):
      "found schema '\(found)', expected '\(expected)'"
    case .wrongVersion(let schema, let found, let expected):
      "found version \(found) of schema \(schema), expected \(expected)"
    case .invalidText(let name, let byte):
      "column \(name): found invalid UTF-8 at byte \(byte), expected text"
    case .badTextOffsets(let name, let row, let found, let expected):
      "column \(name), text offset \(row): found \(found), expected \(expected)"
    case .nonFinite(let name, let index, let found):
      "column \(name), value \(index): found \(found), expected finite numbers"
    case .missingColumn(let name, let columns):
      "found no column '\(name)', expected it among \(columns.joined(separator: ", "))"
    case .wrongColumnType(let name, let found, let expected):
      "column \(name): found \(found.rawValue), expected \(expected.rawValue)"
    case .wrongShape(let name, let found, let expected):
      "column \(name): found shape \(found), expected \(expected)"
    case .badValue(let name, let index, let found, let expected):
      "column \(name), value \(index): found \(found), expected \(expected)"
    case .badMetadata(let key, let found, let expected):
      "metadata \(key): found \(found.map(Self.shortened) ?? "nothing"), expected \(expected)"
    case .contradiction(let name, let found, let expected):
      "column \(name): found \(found), expected \(expected)"
    }
  }

  /// The beginning of a text, in quotes.
  private static func shortened(_ text: String) -> String {
    text.count > 40 ? "'\(text.prefix(40))'…" : "'\(text)'"
  }
}
