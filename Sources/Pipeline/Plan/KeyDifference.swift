/// What changed between two keys, in words.
enum KeyDifference {
  /// One phrase for each part that changed, in the order of the walk.
  ///
  /// - Parameters:
  ///   - old: The parts of the last finished result.
  ///   - new: The parts now.
  /// - Returns: Phrases such as `parameter learningRate changed 0.001 → 0.002`.
  static func phrases(from old: [KeyPart], to new: [KeyPart]) -> [String] {
    var phrases: [String] = []
    for part in new {
      let before = old.first { $0.kind == part.kind && $0.name == part.name }
      if before?.value != part.value { phrases.append(phrase(part, before: before?.value)) }
    }
    for part in old where !new.contains(where: { $0.kind == part.kind && $0.name == part.name }) {
      phrases.append(
        part.kind == .parameter
          ? "parameter \(part.name) removed (was \(part.value))" : "\(part.label) removed")
    }
    return phrases
  }

  /// Whether the code, and nothing else, changed between two keys.
  static func isCodeAlone(from old: [KeyPart], to new: [KeyPart]) -> Bool {
    func others(_ parts: [KeyPart]) -> [KeyPart] { parts.filter { $0.kind != .code } }
    return others(old) == others(new) && old != new
  }

  private static func phrase(_ part: KeyPart, before: String?) -> String {
    switch (part.kind, before) {
    case (.parameter, let before?):
      "parameter \(part.name) changed \(before) → \(part.value)"
    case (.parameter, nil): "parameter \(part.name) added (\(part.value))"
    case (.input, nil): "input \(part.name) added"
    case (.input, _): "input \(part.name) changed"
    case (.code, _): "the stage's code changed"
    case (.salt, _): "the salt changed"
    case (.format, let before): "the cache key's format changed \(before ?? "none") → \(part.value)"
    case (.stage, let before): "the stage's name changed \(before ?? "none") → \(part.value)"
    }
  }
}
