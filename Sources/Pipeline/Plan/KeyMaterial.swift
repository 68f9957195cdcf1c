import Artifacts
public import Foundations

/// One thing that a stage's result depends on.
public struct KeyPart: Codable, Sendable, Equatable {
  public enum Kind: String, Codable, Sendable {
    case format
    case salt
    case stage
    case code
    case parameter
    case input
  }
  public var kind: Kind
  /// The parameter's or input's name; empty for the other kinds.
  public var name: String
  /// A digest, or a parameter's canonical JSON; an input of several artifacts joins their digests
  /// by commas.
  public var value: String

  /// `parameter learningRate`, or just `code`.
  public var label: String { name.isEmpty ? kind.rawValue : "\(kind.rawValue) \(name)" }
}

/// Everything that decides the result of a stage, and nothing of the machine's paths or clocks.
public struct KeyMaterial: Sendable {
  /// The version of the key's composition; a change disowns every cached result.
  public static let formatVersion = 1

  public var stage: String
  /// The identity of the executable, from `CodeIdentity`.
  public var code: String
  public var salt: String
  /// A JSON object.
  public var parameters: JSONValue
  /// The digests that feed each input, in the order they are passed.
  public var inputs: [(name: String, digests: [String])]

  package init(
    stage: String, code: String, salt: String, parameters: JSONValue,
    inputs: [(name: String, digests: [String])]
  ) {
    self.stage = stage
    self.code = code
    self.salt = salt
    self.parameters = parameters
    self.inputs = inputs
  }

  /// Visits every part in a fixed order; the hash and the explanation both come from this walk.
  ///
  /// - Parameter visit: Called once for each part.
  public func walk(_ visit: (KeyPart) -> Void) {
    visit(KeyPart(kind: .format, name: "", value: "\(Self.formatVersion)"))
    visit(KeyPart(kind: .salt, name: "", value: salt))
    visit(KeyPart(kind: .stage, name: "", value: stage))
    visit(KeyPart(kind: .code, name: "", value: code))
    if case .object(let members) = parameters {
      for member in members.sorted(by: { $0.name < $1.name }) {
        visit(KeyPart(kind: .parameter, name: member.name, value: member.value.canonical))
      }
    }
    for input in inputs.sorted(by: { $0.name < $1.name }) {
      visit(KeyPart(kind: .input, name: input.name, value: input.digests.joined(separator: ",")))
    }
  }

  /// The parts in the order of the walk.
  public var parts: [KeyPart] {
    var parts: [KeyPart] = []
    walk { parts.append($0) }
    return parts
  }

  /// The cache key: SHA-256 over the parts as 64 hexadecimal digits.
  ///
  /// Each part adds its kind, name and value, each preceded by its length in bytes and a colon, so
  /// that no two lists of parts give the same bytes.
  public var key: String {
    var text = ""
    walk { part in
      for field in [part.kind.rawValue, part.name, part.value] {
        text += "\(field.utf8.count):\(field)"
      }
    }
    return Digest.sha256(text)
  }
}
