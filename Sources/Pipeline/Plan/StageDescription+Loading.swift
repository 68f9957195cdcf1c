import Foundation
import Foundations
import StageProtocol

extension StageDescription {
  /// What an executable says of itself, remembered by the identity of its code.
  static func load(
    _ executable: String, identity: String, store: Store, executor: any Executor,
    clock: any RunClock
  ) throws -> StageDescription {
    let remembered = store.path("descriptions/\(identity).json")
    if let description = Records.read(StageDescription.self, at: remembered) {
      return description
    }
    let request = JobRequest(
      name: "--describe", executable: executable, arguments: ["--describe"])
    let output = try executor.output(of: request, within: secondsToDescribe, clock: clock)
    do {
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

  /// It takes milliseconds; a stage that needs so long has not the memory to start.
  private static let secondsToDescribe = 60.0

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
