import Foundation
import Foundations
import StageProtocol

/// Turns settings into the one JSON object that a stage receives.
struct ParameterResolver {
  let description: StageDescription
  /// Values of `${…}`.
  let variables: [String: String]

  /// The stage's defaults, overridden by the settings in their order.
  ///
  /// Parameters whose default is null stay out until a setting gives them a value.
  func resolve(_ settings: [ParameterSetting]) throws(ConfigurationError) -> JSONValue {
    var given: [String: JSONValue] = [:]
    for setting in settings {
      guard let parameter = description.parameter(setting.name) else {
        throw .unknown(
          "parameter", setting.name, at: setting.place, key: setting.stage,
          valid: description.parameters.map(\.name).sorted())
      }
      let value = try convert(setting, parameter)
      given[setting.name] = value
    }
    do {
      return .sorted(try description.values(given).filter { $0.value != .null })
    } catch {
      // Of values that do not go together, the one that was set last broke the peace; where none of them was
      // set, the stage's own defaults do not fit.
      let setting = settings.last { error.names.contains($0.name) }
      throw ConfigurationError(
        setting?.place ?? "the defaults of \(description.stage)", key: setting?.stage ?? "",
        found: "\(error)")
    }
  }

  private func convert(
    _ setting: ParameterSetting, _ parameter: ParameterSpec
  ) throws(ConfigurationError) -> JSONValue {
    if parameter.type.isList {
      var elements: [JSONValue] = []
      for text in list(setting.value) {
        elements.append(try element(try substitute(text, setting), setting, parameter))
      }
      return .array(elements)
    }
    guard case .scalar(let text) = setting.value else {
      throw error(setting, found: "a list", expected: "one \(parameter.type.rawValue)")
    }
    return try element(try substitute(text, setting), setting, parameter)
  }

  private func list(_ value: ParameterSetting.Value) -> [String] {
    switch value {
    case .list(let texts): texts
    case .scalar(let text):
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private func element(
    _ text: String, _ setting: ParameterSetting, _ parameter: ParameterSpec
  ) throws(ConfigurationError) -> JSONValue {
    if let choices = parameter.choices, !choices.contains(text) {
      throw ConfigurationError(
        setting.place, key: "\(setting.stage).\(setting.name)", found: "\"\(text)\"",
        expected: choices.joined(separator: ", "),
        suggestion: Suggestion.nearest(to: text, among: choices))
    }
    if text == "null", parameter.default == .null { return .null }
    switch parameter.type {
    case .integer, .integers:
      guard let value = Int(text) else {
        throw error(setting, found: "\"\(text)\"", expected: "a whole number")
      }
      return .integer(value)
    case .number, .numbers:
      guard let value = Double(text), value.isFinite else {
        throw error(setting, found: "\"\(text)\"", expected: "a number")
      }
      return .number(value)
    case .boolean:
      guard let value = Bool(text) else {
        throw error(setting, found: "\"\(text)\"", expected: "true or false")
      }
      return .boolean(value)
    case .string, .strings:
      return .string(text)
    }
  }

  /// The text with its `${…}` filled in.
  private func substitute(
    _ text: String, _ setting: ParameterSetting
  ) throws(ConfigurationError) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.range(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}")
    {
      let name = String(rest[start.upperBound..<end])
      guard let value = variables[name] else {
        throw .unknown(
          "variable", name, at: setting.place, key: "\(setting.stage).\(setting.name)",
          valid: variables.keys.sorted())
      }
      result += rest[..<start.lowerBound] + value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func error(
    _ setting: ParameterSetting, found: String, expected: String
  ) -> ConfigurationError {
    ConfigurationError(
      setting.place, key: "\(setting.stage).\(setting.name)", found: found, expected: expected)
  }
}
