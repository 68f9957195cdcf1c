import Yams

extension StageBudget {
  /// The keys of a stage that are its budget.
  static let keys = ["resources", "retries", "timeout"]

  private static let byteUnits: [(name: String, value: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
    ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
  ]
  private static let secondUnits: [(name: String, value: Double)] = [
    ("s", 1), ("m", 60), ("h", 3600), ("d", 86400),
  ]

  /// Reads `resources: {threads, memory, time}`, `retries` and `timeout` of a stage.
  ///
  /// - Parameter section: The stage.
  /// - Throws: `ConfigurationError` naming line and column of the first mistake.
  init(_ section: YAMLSection) throws(ConfigurationError) {
    if let resources = try section.section("resources") {
      try resources.allow(["threads", "memory", "time"])
      threads = try Self.count("threads", in: resources, atLeast: 1)
      memory = try Self.limit(
        "memory", in: resources, Self.byteUnits, expected: "a size such as 512MiB or 4GiB")
      time = try Self.limit("time", in: resources, Self.secondUnits, expected: Self.timeExample)
    }
    timeout = try Self.limit("timeout", in: section, Self.secondUnits, expected: Self.timeExample)
    retries = try Self.count("retries", in: section, atLeast: 0) ?? 0
  }

  private static let timeExample = "a time such as 90s, 10m or 2h"

  private static func count(
    _ name: String, in section: YAMLSection, atLeast minimum: Int
  ) throws(ConfigurationError) -> Int? {
    guard let node = section[name] else { return nil }
    let text = try section.text(node, key: section.path(name))
    guard let value = Int(text), value >= minimum else {
      throw ConfigurationError(
        section.place(node), key: section.path(name), found: "\"\(text)\"",
        expected: "a whole number, at least \(minimum)")
    }
    return value
  }

  private static func limit(
    _ name: String, in section: YAMLSection, _ units: [(name: String, value: Double)],
    expected: String
  ) throws(ConfigurationError) -> Limit? {
    guard let node = section[name] else { return nil }
    let text = try section.text(node, key: section.path(name))
    for unit in units where text.hasSuffix(unit.name) {
      let number = Double(text.dropLast(unit.name.count).filter { $0 != " " })
      guard let number, number > 0, number * unit.value < 1e15 else { continue }
      return Limit(
        value: number * unit.value, text: text, setting: section.path(name),
        place: section.place(node))
    }
    throw ConfigurationError(
      section.place(node), key: section.path(name), found: "\"\(text)\"", expected: expected)
  }
}
