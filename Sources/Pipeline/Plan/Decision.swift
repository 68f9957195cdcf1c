/// What the runner does with an instance, and why.
public enum Decision: Sendable, Equatable {
  /// The store holds the result.
  case cached
  /// The stage runs, for these reasons.
  case runs([String])

  /// `cached`, or `runs, REASON; REASON`.
  public var description: String {
    switch self {
    case .cached: "cached"
    case .runs(let reasons): "runs, \(reasons.joined(separator: "; "))"
    }
  }

  /// Decides from what the store knows.
  ///
  /// - Parameters:
  ///   - parts: The parts of the key now.
  ///   - previous: The parts of the instance's last finished result, if there was one.
  ///   - isRecorded: Whether the store has a result for the key.
  ///   - damage: What is wrong with that result's outputs.
  ///   - isForced: Whether the user asked for a run in any case.
  ///   - resumes: Whether an earlier attempt at this key left a checkpoint behind.
  /// - Returns: The decision with its reasons.
  package static func make(
    parts: [KeyPart], previous: [KeyPart]?, isRecorded: Bool, damage: String?, isForced: Bool,
    resumes: Bool
  ) -> Decision {
    if isRecorded, damage == nil, !isForced { return .cached }
    var reasons: [String] = []
    if isForced {
      reasons.append("forced")
    } else if let damage {
      reasons.append(damage)
    } else if let previous {
      reasons = KeyDifference.phrases(from: previous, to: parts)
      if reasons.isEmpty { reasons = ["the result is gone from the store"] }
    } else {
      reasons.append("no earlier result")
    }
    if resumes { reasons.append("goes on from its last checkpoint") }
    return .runs(reasons)
  }
}
