internal import Artifacts
internal import Foundations

/// How a conversation is written for a model that was tuned on conversations.
public struct ChatFormat: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// `<|im_start|>role … <|im_end|>`
    case chatML = "ChatML"
    /// `[INST] … [/INST]`
    case llama2 = "Llama 2"
    /// `<|start_header_id|>role<|end_header_id|> … <|eot_id|>`
    case llama3 = "Llama 3"
    /// The texts behind one another: for models without or with an unknown format.
    case plain
  }

  public struct Message: Sendable, Equatable {
    public enum Role: String, Sendable {
      case system
      case user
      case assistant
    }

    public var role: Role
    public var text: String

    public init(_ role: Role, _ text: String) {
      self.role = role
      self.text = text
    }
  }

  public let kind: Kind
  /// Why the format is plain although the checkpoint has a template; nil otherwise.
  public let notice: String?
  /// What the system says where a conversation does not.
  private let defaultSystem: String?
  /// What precedes the system's words.
  private let preamble: String
  /// Control tokens by their names.
  private let controls: [String: Int32]

  /// Recognises a format by the template that a checkpoint brings.
  ///
  /// - Parameters:
  ///   - template: The Jinja text; nil for a model without.
  ///   - tokenizer: Knows the format's control tokens.
  public init(template: String?, tokenizer: any Tokenizer) {
    let found = template.map(Self.recognise) ?? .plain
    let names: [String] =
      switch found {
      case .chatML: ["<|im_start|>", "<|im_end|>"]
      case .llama2: ["<s>", "</s>"]
      case .llama3:
        ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
      case .plain: []
      }
    let missing = names.filter { tokenizer.controlToken($0) == nil }
    kind = missing.isEmpty ? found : .plain
    if !missing.isEmpty {
      notice =
        "the chat template is \(found.rawValue)'s, but the tokenizer has no control token "
        + "\(missing.joined(separator: ", ")); prompts are plain text"
    } else if template != nil, found == .plain {
      notice = "the chat template is none of ChatML, Llama 2 and Llama 3; prompts are plain text"
    } else {
      notice = nil
    }
    controls = Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        tokenizer.controlToken(name).map { (name, $0) }
      })
    defaultSystem = found == .chatML ? template.flatMap(Self.defaultSystem) : nil
    // Llama 3.1 and later; the date is the one that the template falls back to.
    preamble =
      found == .llama3 && template?.contains("Cutting Knowledge Date: December 2023") == true
      ? "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n" : ""
  }

  private static func recognise(_ template: String) -> Kind {
    func has(_ marks: String...) -> Bool { marks.allSatisfy { template.contains($0) } }
    if has("<|im_start|>", "<|im_end|>") { return .chatML }
    if has("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>") { return .llama3 }
    if has("[INST]", "[/INST]", "<<SYS>>") { return .llama2 }
    return .plain
  }

  /// The literal text of a system message in a ChatML template.
  private static func defaultSystem(_ template: String) -> String? {
    let text = template.replacing("\\n", with: "\n")
    for part in text.split(separator: "<|im_start|>system\n").dropFirst() {
      guard let end = part.firstRange(of: "<|im_end|>") else { continue }
      let words = part[..<end.lowerBound]
      if !words.contains(where: { "'\"{}".contains($0) }) { return String(words) }
    }
    return nil
  }

  /// The template of a Hugging Face folder: `chat_template.jinja`, or the one in `tokenizer_config.json`.
  ///
  /// - Parameter folder: The folder.
  /// - Returns: The Jinja text, or nil where there is none.
  /// - Throws: `CheckpointError` or `FileError`.
  static func template(inFolder folder: String) throws -> String? {
    let jinja = "\(folder)/chat_template.jinja"
    if MappedFile.exists(jinja) {
      return String(decoding: try Files.readStored(jinja, limit: 1 << 24), as: UTF8.self)
    }
    let configuration = "\(folder)/tokenizer_config.json"
    guard MappedFile.exists(configuration) else { return nil }
    let field = try JSONNode.field(fileAt: configuration)["chat_template"]
    // Some folders name several; the one for conversations is called default.
    if case .array = field.value {
      return try field.elements().first { try $0["name"].string() == "default" }?["template"]
        .string()
    }
    return try field.optional { try $0.string() }
  }

  // MARK: Writing

  /// What the model reads.
  ///
  /// - Parameters:
  ///   - messages: At most one of the system, first; then user and assistant in turn.
  ///   - opensAnswer: Whether the assistant's turn is begun, for an answer to follow.
  /// - Returns: Parts for `Tokenizer.encode`; words of messages are text alone.
  public func parts(_ messages: [Message], opensAnswer: Bool = true) -> [TextPart] {
    switch kind {
    case .chatML: chatML(messages, opensAnswer)
    case .llama2: llama2(messages)
    case .llama3: llama3(messages, opensAnswer)
    case .plain: [.text(messages.map { $0.text + "\n" }.joined())]
    }
  }

  /// The assistant's words and the end of its turn, after `parts(_:opensAnswer:)`.
  ///
  /// - Parameter text: The answer.
  /// - Returns: Parts whose tokens follow those of the conversation.
  public func answer(_ text: String) -> [TextPart] {
    switch kind {
    case .chatML: [.text(text), control("<|im_end|>")]
    case .llama2: [.text(" \(Self.trimmed(Self.withoutMarks(text))) "), control("</s>")]
    case .llama3: [.text(Self.trimmed(text)), control("<|eot_id|>")]
    case .plain: [.text(text + "\n")]
    }
  }

  private func control(_ name: String) -> TextPart {
    guard let token = controls[name] else { preconditionFailure("no control token \(name)") }
    return .control(token)
  }

  private func chatML(_ messages: [Message], _ opensAnswer: Bool) -> [TextPart] {
    var messages = messages
    if let defaultSystem, messages.first?.role != .system {
      messages.insert(Message(.system, defaultSystem), at: 0)
    }
    return messages.flatMap { message -> [TextPart] in
      [
        control("<|im_start|>"), .text("\(message.role.rawValue)\n\(message.text)"),
        control("<|im_end|>"), .text("\n"),
      ]
    } + (opensAnswer ? [control("<|im_start|>"), .text("assistant\n")] : [])
  }

  private func llama3(_ messages: [Message], _ opensAnswer: Bool) -> [TextPart] {
    func header(_ role: Message.Role) -> [TextPart] {
      [
        control("<|start_header_id|>"), .text(role.rawValue), control("<|end_header_id|>"),
        .text("\n\n"),
      ]
    }
    var messages = messages
    if !preamble.isEmpty, messages.first?.role != .system {
      messages.insert(Message(.system, ""), at: 0)
    }
    return [control("<|begin_of_text|>")]
      + messages.flatMap { message -> [TextPart] in
        let text = Self.trimmed(message.text)
        return header(message.role)
          + [.text(message.role == .system ? preamble + text : text), control("<|eot_id|>")]
      } + (opensAnswer ? header(.assistant) : [])
  }

  private func llama2(_ messages: [Message]) -> [TextPart] {
    var parts: [TextPart] = []
    var system: String?
    for message in messages {
      let text = Self.withoutMarks(message.text)
      switch message.role {
      case .system: system = "<<SYS>>\n\(text)\n<</SYS>>\n\n"
      case .user:
        parts += [control("<s>"), .text("[INST] \(Self.trimmed((system ?? "") + text)) [/INST]")]
        system = nil
      case .assistant: parts += answer(message.text)
      }
    }
    return parts
  }

  /// Llama 2's marks are plain text, so they are broken where a message holds them.
  private static func withoutMarks(_ text: String) -> String {
    ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"].reduce(text) { text, mark in
      text.replacing(mark, with: mark.prefix(1) + " " + mark.dropFirst())
    }
  }

  /// Without white space at either end.
  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
    let rest = scalars.reversed().drop { $0.properties.isWhitespace }
    return String(String.UnicodeScalarView(rest.reversed()))
  }
}
