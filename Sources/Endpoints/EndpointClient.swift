internal import Foundations

/// Sends many requests to one server, as many at once as it bears, and each again where that may help.
struct EndpointClient: Sendable {
  /// Where the server is, how it is to be treated.
  let connection: EndpointConnection
  /// Throws where the work is to stop; called a few times a second.
  let checkStop: @Sendable () throws -> Void

  /// The longest that the server may ask to wait, in seconds.
  private static let longestWait = 120.0

  /// What `accept` makes of a response that says 200.
  enum Verdict {
    case taken
    /// Not what was asked for; says what was found.
    case malformed(String)
  }

  private struct Waiting {
    var index: Int
    var attempt: Int
    /// By the monotonic clock.
    var earliest: Double
  }

  /// Sends requests until all are answered.
  ///
  /// Sent again, with waits that double, jitter, and what `Retry-After` says: 408, 429, 5xx, broken connections,
  /// responses that are not what was asked for. A 429 or 503 halves the number of requests at once, an answer
  /// lets it rise again.
  ///
  /// - Parameters:
  ///   - requests: Each with its path below the server's URL, such as `chat/completions`, and a body of JSON, nil for a
  ///     GET.
  ///   - accept: Takes a response's JSON, in the order in which they come.
  /// - Throws: `EndpointError`; what `accept` and `checkStop` throw.
  func perform(
    _ requests: [(path: String, body: String?)],
    accept: (_ request: Int, _ response: JSONValue) throws -> Verdict
  ) throws {
    let transfers = HTTPTransfers()
    var waiting = requests.indices.reversed().map { Waiting(index: $0, attempt: 1, earliest: 0) }
    var running: [Int: Waiting] = [:]
    var limit = Double(connection.concurrency)
    while !waiting.isEmpty || !running.isEmpty {
      try checkStop()
      let now = monotonicSeconds()
      while running.count < Int(limit), let place = waiting.lastIndex(where: { $0.earliest <= now })
      {
        let next = waiting.remove(at: place)
        running[next.index] = next
        transfers.begin(request(requests[next.index]), id: next.index)
      }
      for (index, outcome) in transfers.wait(atMost: 0.1) {
        guard let request = running.removeValue(forKey: index) else { continue }
        let reason: String
        var pause: Double?
        var isGone = true
        switch outcome {
        case .response(200..<300, let body, _):
          switch try Self.json(body).map({ try accept(index, $0) }) ?? .malformed("no JSON") {
          case .taken:
            limit = min(Double(connection.concurrency), limit + 1 / limit)
            continue
          case .malformed(let found):
            reason = "found \(found)"
            isGone = false
          }
        case .response(let status, let body, let retryAfter):
          reason = "HTTP \(status)\(message(body))"
          guard status == 408 || status == 429 || status >= 500 else {
            throw EndpointError(
              connection.shownURL, reason, advice: "correct what languageModels says of the server",
              status: status)
          }
          if status == 429 || status == 503 { limit = max(1, limit / 2) }
          pause = retryAfter.map { min($0, Self.longestWait) }
        case .broken(let why): reason = why
        }
        guard request.attempt < connection.attempts else {
          throw EndpointError(
            connection.shownURL, "\(reason), \(request.attempt) times",
            advice: isGone
              ? "start the server, or wait until it is less busy, and run again; what was answered is kept"
              : "is this an OpenAI-compatible server?", isTemporary: isGone)
        }
        let backoff = connection.firstWait * Double(1 << min(request.attempt - 1, 10))
        waiting.insert(
          Waiting(
            index: index, attempt: request.attempt + 1,
            earliest: monotonicSeconds()
              + max(pause ?? 0, min(backoff, 30) * Double.random(in: 0.5...1))), at: 0)
      }
    }
  }

  /// The response to one request.
  ///
  /// Throws as `perform`.
  func response(_ path: String, body: String? = nil) throws -> JSONValue {
    var found = JSONValue.null
    try perform([(path, body)]) { _, response in
      found = response
      return .taken
    }
    return found
  }

  private func request(_ request: (path: String, body: String?)) -> HTTPRequest {
    HTTPRequest(
      url: "\(connection.url)/\(request.path)", body: request.body, key: connection.key,
      deadline: connection.deadline)
  }

  private static func json(_ body: [UInt8]) throws -> JSONValue? {
    String(validating: body, as: UTF8.self).flatMap { JSONValue(parsing: $0) }
  }

  /// The server's own words, shortened, on one line and without the key, which some servers repeat.
  private func message(_ body: [UInt8]) -> String {
    var words = String(decoding: body, as: UTF8.self)
    let error = JSONValue(parsing: words)?["error"]
    words = error?["message"]?.asString ?? error?.asString ?? words
    if let key = connection.key, !key.isEmpty { words = words.replacing(key, with: "…") }
    words = String(
      words.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : $0 }
        .map(Character.init))
    return words.isEmpty ? "" : " (\(words))"
  }
}

/// Where a server is, and how it is to be treated.
public struct EndpointConnection: Sendable, Equatable {
  /// Up to the version, such as `http://127.0.0.1:8080/v1`.
  public var url: String
  /// Sent with each request; kept in no artifact, log or error.
  public var key: String?
  /// Requests at once, at most.
  public var concurrency: Int
  /// Seconds for a whole response.
  public var deadline: Double
  /// How often a request is sent at most.
  public var attempts: Int
  /// Seconds before the second attempt; doubled before each that follows, up to 30.
  public var firstWait: Double

  public init(
    url: String, key: String? = nil, concurrency: Int = 8, deadline: Double = 120,
    attempts: Int = 6, firstWait: Double = 0.5
  ) {
    self.url = String(url.reversed().drop { $0 == "/" }.reversed())
    self.key = key
    self.concurrency = concurrency
    self.deadline = deadline
    self.attempts = attempts
    self.firstWait = firstWait
  }

  /// The URL without what may be a secret in it.
  var shownURL: String {
    guard let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"),
      at > scheme.upperBound
    else { return url }
    return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
  }
}

extension JSONValue {
  /// A member of an object; nil where there is none, or no object.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }
}
