/// What a stage executable prints for `--describe`.
public struct StageDescription: Codable, Sendable, Equatable {
  public struct Input: Codable, Sendable, Equatable {
    public var name: String
    public var schema: String?
    public var optional: Bool?
    public var many: Bool?
  }

  public struct Output: Codable, Sendable, Equatable {
    public var name: String
    public var schema: String?
    /// The file name that the readable link gets, such as `model.safetensors.zst`.
    public var file: String
  }

  public struct Parameter: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
      case integer
      case number
      case boolean
      case string
      case integers
      case numbers
      case strings
    }
    public var name: String
    public var type: Kind
    public var `default`: JSONValue?
    public var summary: String?
    public var choices: [String]?
  }

  public var stage: String
  public var summary: String?
  public var inputs: [Input]
  public var outputs: [Output]
  public var parameters: [Parameter]

  func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
  func output(_ name: String) -> Output? { outputs.first { $0.name == name } }
  func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}
