import Foundation
import Foundations
import StageProtocol

extension StageDescription {
  /// What an executable says of itself, remembered by the identity of its code.
  static func load(
    _ executable: String, identity: String, store: Store
  ) throws -> StageDescription {
    let remembered = store.path("descriptions/\(identity).json")
    if let description = Records.read(StageDescription.self, at: remembered) {
      return description
    }
    var output = ""
    let command = ChildProcess(
      executable: executable, arguments: ["--describe"], standardError: STDERR_FILENO)
    let report = try command.run(onStart: { _ in }, onLine: { output += $0 + "\n" })
    do {
      guard report.end == .exited(0) else {
        throw ConfigurationError(
          executable, key: "--describe", found: "exit code \(report.end.code)",
          expected: "a description of the stage")
      }
      let description = try Records.decode(StageDescription.self, from: output.utf8)
      try Files.makeFolder(store.path("descriptions"))
      try Files.writeAtomically(output, to: remembered)
      return description
    } catch let error as DecodingError {
      throw ConfigurationError(
        executable, key: "--describe", found: Self.phrase(error),
        expected: "the JSON of the stage protocol")
    }
  }

  private static func phrase(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "no \"\(key.stringValue)\" in \"\(path(context))\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "a value of another type at \"\(path(context))\""
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "an invalid value at \"\(path(context))\""
    default: "no JSON"
    }
  }
}
