/// A language model's server that does not answer as it should.
public struct EndpointError: Error, Equatable, CustomStringConvertible {
  /// Without user and password.
  public let url: String
  public let problem: String
  public let advice: String
  /// Whether the same request may succeed later: the server is gone or overloaded.
  public let isTemporary: Bool
  /// Of the response; nil where there was none.
  public let status: Int?

  public var description: String { "\(url): \(problem); \(advice)" }

  init(
    _ url: String, _ problem: String, advice: String, isTemporary: Bool = false,
    status: Int? = nil
  ) {
    self.url = url
    self.problem = problem
    self.advice = advice
    self.isTemporary = isTemporary
    self.status = status
  }
}
