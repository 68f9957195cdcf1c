public import Endpoints
internal import Glibc
public import StageKit
public import StageProtocol

extension EndpointError: StageError {
  /// 75 where the server is gone or overloaded: the next run goes on.
  public var exitCode: ExitCode { isTemporary ? .temporary : .failed }
}

extension StageContext {
  /// Where the server of a model is, with the key from the environment.
  ///
  /// - Parameter reference: Names the variable.
  /// - Returns: The connection.
  /// - Throws: `StageFailure` where the variable is not set.
  public func connection(to reference: EndpointReference) throws -> EndpointConnection {
    var key: String?
    if !reference.keyVariable.isEmpty {
      guard let value = getenv(reference.keyVariable) else {
        throw StageFailure(
          "\(reference.name): found no environment variable \(reference.keyVariable), expected the server's key in "
            + "it; stages see only variables whose names begin with LLAMA4REC_", exitCode: .usage)
      }
      key = String(cString: value)
    }
    return EndpointConnection(
      url: reference.url, key: key, concurrency: reference.concurrency,
      deadline: reference.deadline, attempts: reference.attempts)
  }

  /// The model behind a server.
  ///
  /// Throws as `connection`.
  func open(_ reference: EndpointReference) throws -> EndpointLanguageModel {
    try EndpointLanguageModel(reference, connection(to: reference)) { try checkInterrupted() }
  }
}
