public import Artifacts
internal import Foundations
internal import LanguageModels

/// What a `language-model` artifact says of a model behind a server: which one, what the server can do, how it is asked.
public struct EndpointReference: Sendable, Equatable {
  /// How a prompt is sent.
  public enum Style: String, CaseIterable, Sendable {
    /// `completions`: a text to go on with.
    case completion
    /// `chat/completions`: the prompt is the user's message.
    case chat
  }

  /// What results call the model.
  public var name: String
  /// Up to the version, such as `http://127.0.0.1:8080/v1`.
  public var url: String
  /// What the server calls the model.
  public var model: String
  /// The environment variable that holds the key; empty for none.
  public var keyVariable: String
  public var style: Style
  /// What the system says in a conversation; empty for nothing.
  public var system: String
  /// What follows lettered options.
  public var optionsEnd: String
  /// How many log-probabilities the server tells of one token: what the probe found.
  public var topLogProbabilities: Int
  /// What the server says of the model's size and shape, so that another model of the name is another one.
  public var fingerprint: String
  /// Of every item of the catalogue.
  public var titles: [String]
  /// Requests at once, at most.
  public var concurrency: Int
  /// Seconds for a whole response.
  public var deadline: Double
  /// How often a request is sent at most.
  public var attempts: Int

  public init(
    name: String, url: String, model: String, keyVariable: String = "", style: Style = .chat,
    system: String = "", optionsEnd: String = EndpointReference.standardOptionsEnd,
    topLogProbabilities: Int = 0, fingerprint: String = "", titles: [String],
    concurrency: Int = 8, deadline: Double = 120, attempts: Int = 6
  ) {
    self.name = name
    self.url = url
    self.model = model
    self.keyVariable = keyVariable
    self.style = style
    self.system = system
    self.optionsEnd = optionsEnd
    self.topLogProbabilities = topLogProbabilities
    self.fingerprint = fingerprint
    self.titles = titles
    self.concurrency = concurrency
    self.deadline = deadline
    self.attempts = attempts
  }

  public static let standardOptionsEnd = "\nAnswer with one letter."

  /// Names the model and how it is asked, wherever it is served.
  var identity: String {
    Digest.sha256(
      [
        "endpoint \(EndpointLanguageModel.version)", model, fingerprint, style.rawValue, system,
        optionsEnd, "\(topLogProbabilities)",
      ].joined(separator: "\0"))
  }

  // MARK: Probing

  /// The most that a probe asks for, and what servers limit it to.
  private static let probed = [100, 26, 20, 10, 5]

  /// Asks the server what it can do.
  ///
  /// - Parameters:
  ///   - connection: Where it is.
  ///   - checkStop: Throws where the work is to stop.
  /// - Returns: The reference with what was found.
  /// - Throws: `EndpointError` where the server is not there, does not know the model, or tells no
  ///   log-probabilities; what `checkStop` throws.
  public func probed(
    _ connection: EndpointConnection, checkStop: @escaping @Sendable () throws -> Void = {}
  ) throws -> EndpointReference {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw EndpointError(
        connection.shownURL, "found no URL of a server",
        advice: "expected one such as http://127.0.0.1:8080/v1")
    }
    let client = EndpointClient(connection: connection, checkStop: checkStop)
    var found = self
    found.fingerprint = try fingerprint(client.response("models"), connection)
    var refusal: EndpointError?
    for count in Self.probed {
      var asked = self
      asked.topLogProbabilities = count
      do {
        let response = try client.response(
          style.path, body: asked.body("Answer with one letter: A or B."))
        found.topLogProbabilities = TokenAlternatives(response)?.tokens.count ?? 0
      } catch let error as EndpointError where error.status == 400 || error.status == 422 {
        // Servers refuse more than they tell.
        refusal = error
        continue
      }
      break
    }
    guard found.topLogProbabilities > 1 else {
      throw refusal
        ?? EndpointError(
          connection.shownURL, "found no log-probabilities of alternatives (top_logprobs)",
          advice: "serve \(model) with a server that tells them, such as vLLM or llama.cpp's")
    }
    return found
  }

  /// What the list of models says of this one, without times and paths.
  private func fingerprint(
    _ response: JSONValue, _ connection: EndpointConnection
  ) throws -> String {
    let models = response["data"]?.asArray ?? []
    guard let own = models.first(where: { $0["id"]?.asString == model }) else {
      let names = models.compactMap { $0["id"]?.asString }
      throw EndpointError(
        connection.shownURL,
        "found models \(names.prefix(10).joined(separator: ", ")), expected \(model)",
        advice: "name one of them as the model (--set llm.model=NAME)")
    }
    guard case .object(let facts)? = own["meta"] else { return "" }
    // How long a context the server was started with is no property of the model.
    return JSONValue.object(facts.filter { $0.name != "n_ctx" }).canonical
  }

  /// A request for one token after a text.
  func body(_ text: String) -> String {
    var members: [JSONValue.Member] = [.init("model", .string(model))]
    switch style {
    case .chat:
      let messages = (system.isEmpty ? [] : [("system", system)]) + [("user", text)]
      members += [
        .init(
          "messages",
          .array(
            messages.map {
              .object([.init("role", .string($0.0)), .init("content", .string($0.1))])
            })), .init("logprobs", .boolean(true)),
        .init("top_logprobs", .integer(topLogProbabilities)),
      ]
    case .completion:
      members += [
        .init("prompt", .string(text)), .init("logprobs", .integer(topLogProbabilities)),
      ]
    }
    members += [.init("max_tokens", .integer(1)), .init("temperature", .integer(0))]
    return JSONValue.object(members).text
  }
}

extension EndpointReference.Style {
  /// Below the server's URL.
  var path: String {
    switch self {
    case .completion: "completions"
    case .chat: "chat/completions"
    }
  }
}

// MARK: Artifact

extension EndpointReference {
  private enum Key: String {
    case name, url, model, style, system, fingerprint, concurrency, deadline, attempts
    case keyVariable = "key-variable"
    case optionsEnd = "options-end"
    case top = "top-logprobs"
  }

  /// Reads an artifact of schema `language-model` and kind `endpoint`.
  ///
  /// - Parameter artifact: What `artifact()` made.
  /// - Throws: `ArtifactError`.
  public init(artifact: Artifact) throws {
    func text(_ key: Key) throws -> String {
      guard let text = artifact.metadata[key.rawValue] else {
        throw artifact.problem(metadata: key.rawValue, expected: "a text")
      }
      return text
    }
    guard let style = Style(rawValue: try text(.style)) else {
      throw artifact.problem(
        metadata: Key.style.rawValue,
        expected: Style.allCases.map(\.rawValue).joined(separator: " or "))
    }
    let top = try artifact.count(Key.top.rawValue)
    guard top > 1 else {
      throw artifact.problem(metadata: Key.top.rawValue, expected: "at least 2")
    }
    try LanguageModelKind.checkTitles(artifact)
    self.init(
      name: try text(.name), url: try text(.url), model: try text(.model),
      keyVariable: try text(.keyVariable), style: style, system: try text(.system),
      optionsEnd: try text(.optionsEnd), topLogProbabilities: top,
      fingerprint: try text(.fingerprint), titles: try artifact.text("titles"),
      concurrency: max(1, try artifact.count(Key.concurrency.rawValue)),
      deadline: Double(max(1, try artifact.count(Key.deadline.rawValue))),
      attempts: max(1, try artifact.count(Key.attempts.rawValue)))
  }

  /// The artifact that `init(artifact:)` reads.
  ///
  /// - Returns: Schema `language-model`, version 1.
  public func artifact() -> Artifact {
    var artifact = LanguageModelKind.endpoint.artifact(titles: titles)
    let values: [(Key, String)] = [
      (.name, name), (.url, url), (.model, model), (.keyVariable, keyVariable),
      (.style, style.rawValue), (.system, system), (.optionsEnd, optionsEnd),
      (.top, "\(topLogProbabilities)"), (.fingerprint, fingerprint),
      (.concurrency, "\(concurrency)"), (.deadline, "\(Int(deadline.rounded(.up)))"),
      (.attempts, "\(attempts)"),
    ]
    for (key, value) in values { artifact.metadata[key.rawValue] = value }
    return artifact
  }
}
