internal import Artifacts
internal import Foundations

/// Asks a model only what was not answered before.
///
/// Answers are kept under the model's identity and the whole question, so that a killed run repeats at most
/// the batch under way, and another model or prompt never gets a stale answer.
public struct RememberingLanguageModel<Base: LanguageModel>: LanguageModel {
  let base: Base
  let recall: @Sendable (String) -> [Float]?
  let remember: @Sendable (String, [Float]) throws -> Void

  /// Wraps a model.
  ///
  /// - Parameters:
  ///   - base: Who answers what is not remembered.
  ///   - recall: The numbers kept under a key, or nil.
  ///   - remember: Keeps numbers under a key.
  public init(
    _ base: Base, recall: @escaping @Sendable (String) -> [Float]?,
    remember: @escaping @Sendable (String, [Float]) throws -> Void
  ) {
    self.base = base
    self.recall = recall
    self.remember = remember
  }

  public var identity: String { base.identity }

  public func score(_ queries: [ScoringQuery]) throws -> [[[Float]]] {
    let keys = queries.map { $0.key(identity: identity) }
    var answers = zip(queries, keys).map { query, key in
      recall(key).flatMap { query.unflattened($0) }
    }
    let open = answers.indices.filter { answers[$0] == nil }
    for (index, answer) in zip(open, try base.score(open.map { queries[$0] })) {
      try remember(keys[index], answer.flatMap { $0 })
      answers[index] = answer
    }
    return answers.compactMap { $0 }
  }
}

extension ScoringQuery {
  /// A digest of the model, the prompt and all that is asked of it.
  func key(identity: String) -> String {
    var bytes = Array(identity.utf8)
    func append(_ prompt: Prompt) {
      for segment in prompt.segments {
        switch segment {
        case .text(let text):
          bytes.append(1)
          bytes += Array(text.utf8)
        case .item(let item):
          bytes.append(2)
          withUnsafeBytes(of: item.littleEndian) { bytes += $0 }
        }
      }
      bytes.append(0)
    }
    append(prompt)
    for branch in branches {
      bytes.append(3)
      append(branch.context)
      branch.answers.forEach(append)
    }
    return Digest.sha256(bytes)
  }

  /// Branches and answers of flat numbers; nil when there are more or fewer than asked.
  func unflattened(_ values: [Float]) -> [[Float]]? {
    guard values.count == branches.reduce(0, { $0 + $1.answers.count }) else { return nil }
    var start = 0
    return branches.map { branch in
      defer { start += branch.answers.count }
      return Array(values[start..<start + branch.answers.count])
    }
  }
}
